import { CORE_SCHEMA, load } from 'js-yaml';
import type { DiagnosticList } from './diagnostics.ts';

/** One `--set name=value` or `--set name+=value`. */
export interface Assignment {
  readonly name: string;
  /** Null unsets. */
  readonly value: unknown;
  /** The value as it was typed. */
  readonly text: string;
  /** Given with `+=`: joined to what is there. */
  readonly append: boolean;
  /** For messages. The value stays out of it, it may be a secret. */
  readonly where: string;
}

/**
 * Values are YAML: `--set base.hostname=web1`, `--set 'ssh.login-users=[alice, bob]'`,
 * `--set base.minimal=false`. An empty value unsets.
 */
export function parseAssignments(
  texts: readonly string[],
  diagnostics: DiagnosticList,
): Assignment[] {
  return texts.flatMap((argument): Assignment[] => {
    const [, name = '', operator, text = ''] = /^([^=+]*)(\+?=)(.*)$/s.exec(argument) ?? [];
    if (operator === undefined || name.trim() === '') {
      diagnostics.add({
        message: `"${argument}" is not an assignment`,
        hint: 'write it like --set base.hostname=web1',
        where: 'command line, --set',
      });
      return [];
    }
    const where = `command line, --set ${name}`;
    const append = operator === '+=';
    if (append && text.trim() === '') {
      diagnostics.add({
        message: 'there is nothing behind "+="',
        hint: `to unset it write --set ${name}=`,
        where,
      });
      return [];
    }
    const parsed = parseValue(text, where, diagnostics);
    return parsed === undefined ? [] : [{ name, value: parsed.value, text, append, where }];
  });
}

function parseValue(
  text: string,
  where: string,
  diagnostics: DiagnosticList,
): { readonly value: unknown } | undefined {
  if (text.trim() === '') return { value: null };
  try {
    return { value: load(text, { schema: CORE_SCHEMA }) };
  } catch {
    // "a: b" and the like are meant as text; broken lists and mappings are mistakes.
    if (!/^\s*[[{]/.test(text)) return { value: text };
    diagnostics.add({
      message: 'the value begins like a list or mapping, but is not valid YAML',
      hint: "lists are [a, b], mappings {a: 1}; put it in '…' for the shell",
      where,
    });
    return undefined;
  }
}

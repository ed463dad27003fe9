import { CORE_SCHEMA, load } from 'js-yaml';
import type { DiagnosticList } from './diagnostics.ts';
import { OPTION_NAME } from './option-declaration.ts';
import { suggestion } from './did-you-mean.ts';
import { SETTING_NAMES, type SettingName } from './settings.ts';

/** What `--set name=value` and `--set name+=value` ask for. */
export interface Assignments {
  readonly settings: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** Options given with `+=`. */
  readonly appended: ReadonlySet<string>;
}

/**
 * Values are YAML: `--set base.hostname=web1`, `--set 'ssh.login-users=[alice, bob]'`,
 * `--set base.minimal=false`. An empty value unsets.
 */
export function parseAssignments(
  texts: readonly string[],
  diagnostics: DiagnosticList,
): Assignments {
  const settings: Partial<Record<SettingName, unknown>> = {};
  const options: Record<string, unknown> = {};
  const appended = new Set<string>();
  for (const text of texts) {
    const match = /^([^=+]+)(\+?=)(.*)$/s.exec(text);
    const where = `command line, --set ${text}`;
    if (match === null) {
      diagnostics.add({
        message: 'not an assignment',
        hint: 'write it like --set base.hostname=web1',
        where,
      });
      continue;
    }
    const [, name = '', operator, valueText = ''] = match;
    const value = parseValue(valueText, where, diagnostics);
    const setting = SETTING_NAMES.find((known) => known === name);
    if (setting !== undefined) {
      settings[setting] = value;
    } else if (OPTION_NAME.test(name)) {
      options[name] = value;
      if (operator === '+=') appended.add(name);
    } else {
      diagnostics.add({
        message: `unknown option "${name}"`,
        hint: suggestion(
          name,
          SETTING_NAMES,
          'settings',
          'option names have dots, like base.hostname',
        ),
        where,
      });
    }
  }
  return { settings, options, appended };
}

function parseValue(text: string, where: string, diagnostics: DiagnosticList): unknown {
  if (text.trim() === '') return null;
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch {
    // "a: b" and the like are meant as text; broken lists and mappings are mistakes.
    if (!/^[[{]/.test(text)) return text;
    diagnostics.add({
      message: 'the value is not valid YAML',
      hint: 'lists: [a, b]; mappings: {a: 1}; quote it for the shell',
      where,
    });
    return null;
  }
}

import type { UserError } from '../host/errors.ts';
import type { Diagnostic } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';

/** What the template engine's errors say about themselves. */
interface TemplateError {
  readonly originalError?: { readonly message?: string };
  readonly token?: { getPosition?(): number[]; getText?(): string };
}

/**
 * The mistake in a template at its place.
 * @param error of renderTemplate
 * @param names variables there are, to suggest one
 */
export function templateMistake(
  error: UserError,
  shown: string,
  text: string,
  names: readonly string[],
): Diagnostic {
  const { originalError, token } = error.cause as TemplateError;
  const [line, column] = token?.getPosition?.() ?? [];
  const reason = originalError?.message ?? error.message;
  const unknown = /^undefined variable: (.*)/.exec(reason)?.[1];
  if (line === undefined || column === undefined)
    return { message: error.message, hint: error.hint, where: shown };
  return {
    message: `the template can not be rendered: ${reason}`,
    hint: unknown === undefined ? undefined : suggestion(unknown, names, 'variables', error.hint),
    at: {
      file: shown,
      line,
      column,
      length: token?.getText?.().length ?? 1,
      text: text.split('\n')[line - 1] ?? '',
    },
  };
}

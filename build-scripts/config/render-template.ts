import { Liquid } from 'liquidjs';
import { UserError } from '../host/errors.ts';
import type { ResolvedProfile } from './resolved-profile.ts';

// No files may be included, unknown variables and filters are errors.
const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  templates: {},
  ownPropertyOnly: true,
});

/** `ssh.port` → {ssh: {port: …}}, with suite, arch, profile and collections beside. */
export function templateVariables(
  profile: Pick<ResolvedProfile, 'name' | 'description' | 'settings' | 'collections'>,
  values: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {
    suite: profile.settings.suite.value,
    arch: profile.settings.arch.value,
    profile: { name: profile.name, description: profile.description ?? '' },
    collections: profile.collections.map(({ collection }) => collection.name),
  };
  for (const [name, value] of values) {
    const parts = name.split('.');
    const last = parts.pop() ?? name;
    let scope = variables;
    for (const part of parts) scope = (scope[part] ??= {}) as Record<string, unknown>;
    // Unset is null, which prints as nothing; a name nobody declared stays an error.
    scope[last] = value ?? null;
  }
  return variables;
}

/**
 * Renders a LiquidJS template.
 * @throws UserError with file and line when it is wrong or uses a variable that does not exist
 */
export function renderTemplate(
  text: string,
  file: string,
  variables: Record<string, unknown>,
): string {
  try {
    return engine.parseAndRenderSync(text, variables) as string;
  } catch (error) {
    const reason = (error as Error).message.replace(/, file:.*?(?=, line:|$)/, '');
    throw new UserError(`the template ${file} can not be rendered: ${reason}`, {
      hint: 'variables are option names, like {{ ssh.port }}; see `mkimage list options`',
      cause: error,
    });
  }
}

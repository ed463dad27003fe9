import { readFileSync } from 'node:fs';
import { CollectionIndex } from '../config/collection-index.ts';
import type { Collection } from '../config/collection.ts';
import { ConfigError, DiagnosticList, type Diagnostic } from '../config/diagnostics.ts';
import { listProfileNames } from '../config/list-profiles.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { displayPath, type SearchPaths } from '../config/search-paths.ts';
import { CommandError, UserError } from '../host/errors.ts';
import { runCommand } from '../host/process.ts';
import { renderTemplate, templateVariables } from '../rootfs/render-template.ts';
import { pathsOf, resolve, type CommonArguments } from './common.ts';

/**
 * `mkimage check`: everything that can be found wrong without building. Without arguments all
 * profiles and all collections, used or not.
 */
export async function check(
  args: CommonArguments & { readonly profile?: readonly string[] | undefined },
): Promise<number> {
  const paths = pathsOf(args);
  const given = args.profile ?? [];
  const names =
    given.length > 0 ? given : listProfileNames(paths).map((name) => `profiles/${name}`);
  const searched = given.length > 0 ? paths : { ...paths, workingDir: paths.projectDir };
  const mistakes: Diagnostic[] = [];
  const collections = new Map<string, Collection>();

  for (const name of names) {
    try {
      const profile = resolve(name, args, searched);
      for (const { collection } of profile.collections)
        collections.set(collection.directory, collection);
      mistakes.push(...checkTemplates(profile, paths));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(...error.diagnostics);
    }
  }
  if (given.length === 0) {
    const diagnostics = new DiagnosticList();
    for (const collection of new CollectionIndex(paths).all(diagnostics))
      collections.set(collection.directory, collection);
    mistakes.push(...diagnostics.items);
  }
  for (const collection of collections.values())
    mistakes.push(...(await checkScripts(collection, paths)));
  if (mistakes.length > 0) throw ConfigError.of(mistakes);
  process.stdout.write(
    `no mistakes found in ${count(names.length, 'profile')} and ${count(collections.size, 'collection')}\n`,
  );
  return 0;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Renders every template with the values the profile has; secrets are rendered as references. */
function checkTemplates(profile: ResolvedProfile, paths: SearchPaths): Diagnostic[] {
  const values = new Map([...profile.options.values()].map(({ name, value }) => [name, value]));
  const variables = templateVariables(profile, values);
  return profile.files
    .filter((file) => file.template)
    .flatMap((file) => {
      try {
        renderTemplate(
          readFileSync(file.source, 'utf8'),
          displayPath(file.source, paths),
          variables,
        );
        return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return [{ message: error.message, hint: error.hint }];
      }
    });
}

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh', '-n'],
  dash: ['sh', '-n'],
  bash: ['bash', '-n'],
};

/** Hooks and tests: there must be a `#!` line, and shell scripts must parse. */
async function checkScripts(collection: Collection, paths: SearchPaths): Promise<Diagnostic[]> {
  const mistakes: Diagnostic[] = [];
  for (const file of [...collection.hooks.map((hook) => hook.path), ...collection.tests]) {
    const where = displayPath(file, paths);
    const content = readFileSync(file);
    const [first = ''] = content.toString('latin1').split('\n', 1);
    const isProgram = content.subarray(0, 4).toString('latin1') === '\x7fELF';
    const interpreter = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(first)?.[1];
    if (interpreter === undefined) {
      if (!isProgram)
        mistakes.push({
          message: 'the script does not say what runs it',
          hint: 'begin it with a line like #!/bin/sh',
          where,
        });
      continue;
    }
    const shell = SHELLS[interpreter.split('/').at(-1) ?? ''];
    if (shell === undefined) continue;
    try {
      await runCommand([...shell, file]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      mistakes.push({
        message: `not valid shell: ${(error.lastLines[0] ?? '').replace(`${file}: `, '')}`,
        where,
      });
    }
  }
  return mistakes;
}

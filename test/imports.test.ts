import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const project = path.resolve(import.meta.dirname, '..');
const maxLines = 300;

/**
 * What a folder of build-scripts/ may import: folders, or single files of them. Data flows one way:
 * a stage knows the types of the stages before it and never their insides; host/ knows nobody.
 * The files of config/ named here are its vocabulary (names and how to read its data, no work).
 */
const allowed: Record<string, { readonly values: string[]; readonly types: string[] }> = {
  host: { values: [], types: [] },
  cache: { values: ['host'], types: ['rootfs'] },
  config: { values: ['host'], types: [] },
  rootfs: {
    values: [
      'host',
      'config/collection.ts',
      'config/option-environment.ts',
      'config/render-template.ts',
      'config/secrets.ts',
      'config/settings.ts',
    ],
    types: ['config'],
  },
  disk: { values: ['host', 'config/diagnostics.ts'], types: ['config', 'rootfs'] },
  outputs: { values: ['host', 'config/settings.ts'], types: ['config', 'rootfs', 'disk'] },
  publish: {
    values: ['host', 'config/layers.ts', 'config/secrets.ts'],
    types: ['config', 'rootfs', 'disk', 'outputs'],
  },
  boot: { values: ['host'], types: ['config', 'publish'] },
  compare: { values: ['host'], types: [] },
  'import-reference': { values: ['config/did-you-mean.ts', 'config/formats.ts'], types: [] },
};
/** These put the stages together. The files directly in build-scripts/ do, too. */
const mayImportAll = ['cli', ''];

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Static, dynamic and type imports and re-exports of a TypeScript text. */
function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, typeOnly });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const named = clause?.namedBindings;
      const onlyTypeNames =
        clause?.name === undefined &&
        named !== undefined &&
        ts.isNamedImports(named) &&
        named.elements.length > 0 &&
        named.elements.every((element) => element.isTypeOnly);
      add(
        node.moduleSpecifier,
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypeNames,
      );
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest));
  return found;
}

/** The folder of build-scripts/ that a file belongs to; '' for files directly in it. */
function folderOf(file: string): string {
  const [first = '', ...rest] = path.relative('build-scripts', file).split(path.sep);
  return rest.length > 0 ? first : '';
}

/** Imports of a file that break the rules, as lines to show. */
function violations(file: string, text: string): string[] {
  const folder = folderOf(file);
  if (mayImportAll.includes(folder)) return [];
  const rule = allowed[folder];
  if (rule === undefined) return [`${file}: no rule for build-scripts/${folder} in this test`];
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((imported) => ({ ...imported, file: path.join(path.dirname(file), imported.specifier) }))
    .filter(({ file: target, typeOnly }) => {
      const names = [folderOf(target), path.relative('build-scripts', target)];
      const may = [folder, ...rule.values, ...(typeOnly ? rule.types : [])];
      return !names.some((name) => may.includes(name));
    })
    .map(({ file: target, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${target}`);
}

/** Source files below a directory of the checkout, relative to the checkout. */
function sources(directory: string, extensions: readonly string[]): string[] {
  return readdirSync(path.join(project, directory), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter((name) => extensions.includes(path.extname(name)) && !name.includes('fixtures/'));
}

const read = (file: string): string => readFileSync(path.join(project, file), 'utf8');

describe('the direction of imports', () => {
  test.each([
    ['build-scripts/config/a.ts', "import { x } from '../host/x.ts';", []],
    ['build-scripts/rootfs/a.ts', "import type { X } from '../config/x.ts';", []],
    ['build-scripts/rootfs/a.ts', "import { x } from '../config/settings.ts';", []],
    ['build-scripts/rootfs/nested/a.ts', "import { x } from '../b.ts';", []],
    ['build-scripts/rootfs/a.ts', "import { type X, type Y } from '../config/x.ts';", []],
    ['build-scripts/rootfs/a.ts', "type X = import('../config/x.ts').X;", []],
    ['build-scripts/rootfs/a.ts', "import { execa } from 'execa';", []],
    ['build-scripts/cli/a.ts', "import { x } from '../rootfs/x.ts';", []],
    [
      'build-scripts/rootfs/a.ts',
      "import { x, type Y } from '../config/x.ts';",
      ['build-scripts/rootfs/a.ts imports build-scripts/config/x.ts'],
    ],
    [
      'build-scripts/rootfs/a.ts',
      "import '../config/x.ts';",
      ['build-scripts/rootfs/a.ts imports build-scripts/config/x.ts'],
    ],
    [
      'build-scripts/host/a.ts',
      "import type { X } from '../config/x.ts';",
      ['build-scripts/host/a.ts imports types of build-scripts/config/x.ts'],
    ],
    [
      'build-scripts/config/a.ts',
      "export * from '../cli/x.ts';",
      ['build-scripts/config/a.ts imports build-scripts/cli/x.ts'],
    ],
    [
      'build-scripts/config/nested/a.ts',
      "const x = await import('../../rootfs/x.ts');",
      ['build-scripts/config/nested/a.ts imports build-scripts/rootfs/x.ts'],
    ],
    [
      'build-scripts/host/a.ts',
      "import { x } from '../../test/support/x.ts';",
      ['build-scripts/host/a.ts imports test/support/x.ts'],
    ],
    [
      'build-scripts/new/a.ts',
      '',
      ['build-scripts/new/a.ts: no rule for build-scripts/new in this test'],
    ],
  ])('is judged right: %s: %s', (file, text, expected) => {
    expect(violations(file, text)).toEqual(expected);
  });

  test('holds in every file', () => {
    const files = sources('build-scripts', ['.ts']);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => violations(file, read(file)))).toEqual([]);
  });

  test('mkimage.ts is thin', () => {
    expect(
      importsOf(read('mkimage.ts')).filter(({ specifier }) => !specifier.includes('/cli/')),
    ).toEqual([]);
  });
});

test(`no source file is longer than ${maxLines} lines`, () => {
  const files = ['build-scripts', 'test'].flatMap((directory) =>
    sources(directory, ['.ts', '.js', '.sh']),
  );
  const tooLong = files
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxLines);
  expect(tooLong).toEqual([]);
});

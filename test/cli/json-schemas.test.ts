import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CORE_SCHEMA, load } from 'js-yaml';
import { jsonSchemas } from '../../build-scripts/cli/json-schemas.ts';

const project = path.resolve(import.meta.dirname, '../..');
const texts = jsonSchemas();
const ajv = new Ajv2020({ strict: false, allErrors: true });
const checks = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [name, ajv.compile(JSON.parse(text) as object)]),
);

/** What ajv has against a YAML text. */
function complaints(schema: string, yaml: string): string[] {
  const check = checks[schema];
  if (check === undefined) throw new Error(`there is no schema ${schema}`);
  check(load(yaml, { schema: CORE_SCHEMA }));
  return (check.errors ?? []).map((error) => `${error.instancePath}: ${error.message ?? ''}`);
}

/** Shipped YAML files: those of collections/local and profiles/local are not ours. */
const shipped = ['collections', 'profiles']
  .flatMap((folder) =>
    readdirSync(path.join(project, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(folder, name),
    ),
  )
  .filter((name) => name.endsWith('.yml') && !/\/(local|files)\//.test(name));

describe.each(shipped)('%s', (file) => {
  const text = readFileSync(path.join(project, file), 'utf8');
  const reference = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';

  test('names a schema that exists', () => {
    const target = path.relative(
      project,
      path.resolve(path.dirname(path.join(project, file)), reference),
    );
    expect(Object.keys(texts).map((name) => `schemas/${name}`)).toContain(target);
  });

  test('satisfies it', () => {
    expect(complaints(path.basename(reference), text)).toEqual([]);
  });
});

test('the shipped files were found', () => {
  expect(shipped).toContain('collections/base/collection.yml');
  expect(shipped).toContain('profiles/deb12-amd64-lxc.yml');
});

test.each(Object.keys(texts))('schemas/%s is up to date (npm run schemas)', (name) => {
  expect(readFileSync(path.join(project, 'schemas', name), 'utf8')).toBe(texts[name]);
});

test.each([
  ['profile.schema.json', 'suit: bookworm'],
  ['profile.schema.json', 'suite: sid'],
  ['profile.schema.json', 'collections: base'],
  ['profile.schema.json', 'disk: {size: 10G}'],
  ['site-defaults.schema.json', 'suite: bookworm'],
  ['collection.schema.json', 'packages: [vim]'],
  ['collection.schema.json', 'summary: x\noptions: {a.b: {type: text, description: x}}'],
  ['collection.schema.json', 'summary: x\noptions: {a.b: {type: string}}'],
  ['collection.schema.json', 'summary: x\npackages: [{name: vim, wen: a.b}]'],
  ['files.schema.json', '- {path: /etc/motd, mode: 0644}'],
  ['files.schema.json', '- {path: etc/motd}'],
  ['disk.schema.json', 'size: 10G\nfirmware: [uefi]\ntable: gpt\npartitions: []'],
])('%s refuses %j', (schema, yaml) => {
  expect(complaints(schema, yaml)).not.toEqual([]);
});

test('an editor gets descriptions', () => {
  const profile = JSON.parse(texts['profile.schema.json'] ?? '') as {
    properties: Record<string, { description?: string }>;
  };
  const silent = Object.entries(profile.properties).filter(([, own]) => !own.description);
  expect(silent).toEqual([]);
});

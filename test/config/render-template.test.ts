import { describe, expect, test } from '@jest/globals';
import { renderTemplate, templateVariables } from '../../build-scripts/config/render-template.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const profile = resolveIn(
  makeProject({
    'profiles/web.yml': 'suite: bookworm\narch: amd64\ncollections: [ssh, base]\n',
    'collections/base/collection.yml': 'summary: Base\n',
    'collections/ssh/collection.yml': 'summary: SSH\nafter: ["*"]\n',
  }),
  [],
  'web',
);

describe('the variables', () => {
  test('option names become objects, with suite, arch, profile and collections beside', () => {
    const values = new Map<string, unknown>([
      ['ssh.port', 22],
      ['ssh.keys.host', ['a']],
      ['ssh.banner', undefined],
    ]);
    expect(templateVariables(profile, values)).toEqual({
      suite: 'bookworm',
      arch: 'amd64',
      profile: { name: 'web', description: '' },
      collections: ['base', 'ssh'],
      ssh: { port: 22, keys: { host: ['a'] }, banner: null },
    });
  });

  test('are the values given, not those of the profile: secrets have been read', () => {
    const given = new Map([['user.password', 'hunter2']]);
    expect(renderTemplate('{{ user.password }}', 'f', templateVariables(profile, given))).toBe(
      'hunter2',
    );
  });
});

describe('a template', () => {
  const variables = templateVariables(
    profile,
    new Map<string, unknown>([
      ['ssh.port', 22],
      ['ssh.strict', true],
      ['ssh.keys', { alice: ['k1', 'k2'], bob: ['k3'] }],
      ['ssh.banner', undefined],
      ['ssh.none', []],
    ]),
  );

  test.each([
    ['Port {{ ssh.port }}\n', 'Port 22\n'],
    ['{% if ssh.strict %}yes{% else %}no{% endif %}', 'yes'],
    ['{% if ssh.banner %}yes{% else %}no{% endif %}', 'no'],
    ['<{{ ssh.banner }}>', '<>'],
    ['{{ ssh.none | join: "," }}', ''],
    [
      '{%- for entry in ssh.keys %}{{ entry[0] }}={{ entry[1] | join: "," }};{% endfor -%}\n',
      'alice=k1,k2;bob=k3;',
    ],
    [
      '{{ suite }} {{ arch }} {{ profile.name }} {{ collections | join: " " }}',
      'bookworm amd64 web base ssh',
    ],
    ['a & <b> "c" \'d\'', 'a & <b> "c" \'d\''],
  ])('%j gives %j', (text, expected) => {
    expect(renderTemplate(text, 'f', variables)).toBe(expected);
  });

  test.each([
    ['one\n{{ ssh.prot }}', 'undefined variable: ssh.prot, line:2, col:4'],
    ['{{ nobody.port }}', 'undefined variable: nobody, line:1, col:4'],
    ['{{ ssh.port | shout }}', 'undefined filter: shout, line:1, col:1'],
    ['{% if ssh.strict %}', 'tag {% if ssh.strict %} not closed, line:1, col:1'],
    ['{{ ssh.keys.constructor }}', 'undefined variable: ssh.keys.constructor, line:1, col:4'],
  ])('%j is refused with its place', (text, reason) => {
    expect(() => renderTemplate(text, '/c/ssh/files/etc/x', variables)).toThrow(
      expect.objectContaining({
        message: `the template /c/ssh/files/etc/x can not be rendered: ${reason}`,
        hint: expect.stringContaining('mkimage list options'),
      }),
    );
  });

  test.each(['include', 'render', 'layout'])('{%% %s %%} reads no file', (tag) => {
    expect(() => renderTemplate(`{% ${tag} "/etc/passwd" %}`, 'f', variables)).toThrow(
      'the template f can not be rendered: ',
    );
  });
});

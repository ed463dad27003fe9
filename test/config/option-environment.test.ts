import { expect, test } from '@jest/globals';
import { environmentName, optionVariables } from '../../build-scripts/config/option-environment.ts';

test('names', () => {
  expect(environmentName('ssh.port')).toBe('OPT_SSH_PORT');
  expect(environmentName('ansible-user.ssh-keys')).toBe('OPT_ANSIBLE_USER_SSH_KEYS');
});

test.each<[string, unknown, Record<string, string>]>([
  ['unset', undefined, { OPT_X: '' }],
  ['unset by null', null, { OPT_X: '' }],
  ['text', 'a b', { OPT_X: 'a b' }],
  ['true', true, { OPT_X: 'true' }],
  ['false', false, { OPT_X: 'false' }],
  ['a number', 22, { OPT_X: '22' }],
  ['an empty list', [], { OPT_X: '', OPT_X_COUNT: '0' }],
  ['a list', ['a', 'b'], { OPT_X: 'a\nb', OPT_X_COUNT: '2', OPT_X_0: 'a', OPT_X_1: 'b' }],
  [
    'a list of objects',
    [{ name: 'alice', 'ssh-keys': ['k'] }],
    {
      OPT_X: '[{"name":"alice","ssh-keys":["k"]}]',
      OPT_X_COUNT: '1',
      OPT_X_0: '{"name":"alice","ssh-keys":["k"]}',
      OPT_X_0_COUNT: '2',
      OPT_X_0_NAME: 'alice',
      OPT_X_0_SSH_KEYS: 'k',
      OPT_X_0_SSH_KEYS_COUNT: '1',
      OPT_X_0_SSH_KEYS_0: 'k',
      OPT_X_0_0_KEY: 'name',
      OPT_X_0_0_VALUE: 'alice',
      OPT_X_0_1_KEY: 'ssh-keys',
      OPT_X_0_1_VALUE: 'k',
      OPT_X_0_1_VALUE_COUNT: '1',
      OPT_X_0_1_VALUE_0: 'k',
    },
  ],
  [
    'a map',
    { 'eth0.1': 'dhcp' },
    {
      OPT_X: '{"eth0.1":"dhcp"}',
      OPT_X_COUNT: '1',
      OPT_X_ETH0_1: 'dhcp',
      OPT_X_0_KEY: 'eth0.1',
      OPT_X_0_VALUE: 'dhcp',
    },
  ],
])('%s', (_, value, expected) => {
  expect(optionVariables('x', value)).toEqual(expected);
});

test('a key of a map can not change what every map has', () => {
  expect(optionVariables('x', { count: '7', '0-key': 'no' })).toMatchObject({
    OPT_X_COUNT: '2',
    OPT_X_0_KEY: 'count',
    OPT_X_0_VALUE: '7',
    OPT_X_1_KEY: '0-key',
    OPT_X_1_VALUE: 'no',
  });
});

import { expect, test } from '@jest/globals';
import { checkedText } from '../../build-scripts/cli/check.ts';
import { explanation } from '../../build-scripts/cli/explain.ts';
import { listing } from '../../build-scripts/cli/list.ts';
import { planText } from '../../build-scripts/cli/plan.ts';
import { ConfigError } from '../../build-scripts/config/diagnostics.ts';

// These look at the shipped profiles and collections, which change: only at parts.

test('check finds nothing wrong with what is shipped', async () => {
  expect(await checkedText({})).toMatch(/^no mistakes found in \d+ profiles and \d+ collections$/);
});

test.each([
  ['profiles', /^deb12-amd64-lxc +Debian 12/m],
  ['collections', /^ssh-strict +\S/m],
  ['options', /^ssh\.port +port +22 +/m],
  ['options', /^zstd-level +setting +3 +/m],
  ['outputs', /^lxc +\S/m],
] as const)('list %s: %s', (what, expected) => {
  expect(listing({ what }).join('\n')).toMatch(expected);
});

test('explain an option: what it is, and where its value comes from', () => {
  const text = explanation({
    option: 'ssh.port',
    profile: 'profiles/deb12-amd64-lxc',
    set: ['ssh.port=2222'],
  }).join('\n');
  expect(text).toMatch(/^ssh\.port\n {2}what /);
  expect(text).toMatch(/^ {2}default +22$/m);
  expect(text).toMatch(/^ {2}declared +collections\/ssh-strict\/collection\.yml:\d+ /m);
  expect(text).toMatch(/^ {2}hooks +OPT_SSH_PORT$/m);
  expect(text).toMatch(/^ {2}value +2222 {2}in profiles\/deb12-amd64-lxc$/m);
  expect(text).toMatch(/^ {2}from +command line \(--set\)$/m);
});

test('explain a setting', () => {
  expect(explanation({ option: 'zstd-level' }).join('\n')).toMatch(
    /^zstd-level\n(.*\n)* {2}default +3$/,
  );
});

test('explain an unknown option: did you mean', () => {
  expect(() => explanation({ option: 'ssh.prt' })).toThrow(ConfigError);
  expect(() => explanation({ option: 'ssh.prt' })).toThrow('did you mean "ssh.port"?');
});

test('plan --json of one profile is one object, of two a list', () => {
  const of = (...profile: string[]): unknown => JSON.parse(planText({ profile, json: true }));
  expect(of('profiles/deb12-amd64-lxc')).toMatchObject({ profile: 'deb12-amd64-lxc' });
  expect(of('profiles/deb12-amd64-lxc', 'profiles/deb13-amd64-lxc')).toMatchObject([
    { profile: 'deb12-amd64-lxc' },
    { profile: 'deb13-amd64-lxc' },
  ]);
});

import { FORMATS } from '../../config/formats.ts';
import type { Draft } from '../draft.ts';
import { wholeNumber } from '../spellings.ts';

/** Root, the three users of the reference, and who may do what over ssh. */
export function userRules(draft: Draft): void {
  const root = 'OCONF_INSTALL_ROOT_PASSWORD';
  if (hasPassword(draft, root))
    draft.option('base.root-password', draft.secret(root, 'root-password'), [root]);
  else draft.finish(root);
  loginUser(draft);
  unprivilegedUser(draft);
  controlUser(draft);
}

/** Empty is no password. A star is what the reference makes of that. */
const hasPassword = ({ reference }: Draft, name: string): boolean =>
  !['', '*'].includes(reference.text(name));

/** The options of one of its users, all of them called alike. */
type Account = Readonly<
  Record<
    'user' | 'uid' | 'key' | 'ramdisk' | 'ramdiskSize' | 'ssh' | 'shell' | 'forwarding',
    string
  >
>;

const LOGIN: Account = {
  user: 'OCONF_LOGIN_USER',
  uid: 'OCONF_LOGIN_UID',
  key: 'OCONF_LOGIN_SSH_KEY',
  ramdisk: 'OFEAT_LOGIN_USER_RAMDISK',
  ramdiskSize: 'OCONF_LOGIN_USER_RAMDISK_SIZE',
  ssh: 'OFEAT_LOGIN_USER_SSH',
  shell: 'OFEAT_LOGIN_USER_SSH_SHELL',
  forwarding: 'OFEAT_LOGIN_USER_SSH_FORWARDING',
};
const CONTROL: Account = {
  user: 'OCONF_CTRL_USER',
  uid: 'OCONF_CTRL_UID',
  key: 'OCONF_CTRL_SSH_KEY',
  ramdisk: 'OFEAT_CTRL_USER_RAMDISK',
  ramdiskSize: 'OCONF_CTRL_USER_RAMDISK_SIZE',
  ssh: 'OFEAT_CTRL_USER_SSH',
  shell: 'OFEAT_CTRL_USER_SSH_SHELL',
  forwarding: 'OFEAT_CTRL_USER_SSH_FORWARDING',
};

function loginUser(draft: Draft): void {
  const { reference } = draft;
  const password = 'OCONF_LOGIN_USER_PASSWORD';
  if (!reference.on('OFEAT_LOGIN_USER')) {
    draft.finish('OFEAT_LOGIN_USER');
    withoutEffect(draft, [...Object.values(LOGIN), password], 'OFEAT_LOGIN_USER');
    return;
  }
  const entry = {
    ...account(draft, LOGIN, 'login user'),
    ...(hasPassword(draft, password) ? { password: draft.secret(password, 'login-password') } : {}),
  };
  draft.option('base.users', [entry], ['OFEAT_LOGIN_USER', ...carried(draft, LOGIN), password]);
}

function unprivilegedUser(draft: Draft): void {
  const { reference } = draft;
  const [feature, user, uid] = ['OFEAT_UNPRIV_USER', 'OCONF_UNPRIV_USER', 'OCONF_UNPRIV_UID'];
  // An empty name switches it off as well.
  if (!reference.on(feature) || reference.text(user) === '') {
    draft.finish(feature);
    if (reference.text(user) !== '') withoutEffect(draft, [user, uid], feature);
    else draft.finish(user, uid);
    return;
  }
  const entry = {
    name: reference.text(user),
    ...userId(draft, uid),
    comment: 'unprivileged user',
    shell: '/usr/sbin/nologin',
  };
  draft.option('base.users', [entry], [feature, user, uid]);
}

function controlUser(draft: Draft): void {
  const { reference } = draft;
  const [feature, python] = ['OFEAT_CTRL_USER', 'OFEAT_ANSIBLE_CTRL'];
  draft.finish(feature);
  if (!reference.on(feature)) {
    withoutEffect(draft, Object.values(CONTROL), feature);
    if (reference.on(python)) draft.addPackages(['python3', 'python3-apt', 'sudo'], [python]);
    else draft.finish(python);
    return;
  }
  const mayLogIn = reference.on('OFEAT_SSHD_CONFIG') && reference.on(CONTROL.ssh);
  if (!mayLogIn || !reference.on(CONTROL.shell)) {
    const entry = { ...account(draft, CONTROL, 'control user'), sudo: 'nopasswd' };
    draft.option('base.users', [entry], [feature, ...carried(draft, CONTROL)]);
    draft.addPackages(['sudo'], [feature]);
    if (reference.on(python)) draft.addPackages(['python3', 'python3-apt'], [python]);
    draft.finish(python);
    return;
  }
  draft.collection('ansible-user', [feature, CONTROL.ssh, CONTROL.shell]);
  const name = reference.text(CONTROL.user);
  draft.option('ansible.user', name, [CONTROL.user]);
  draft.option('ansible.home', `/home/${name}`, [CONTROL.user]);
  draft.option('ansible.uid', wholeNumber(reference.text(CONTROL.uid)), [CONTROL.uid]);
  const size = homeSize(draft, CONTROL);
  if (size !== undefined)
    draft.option('ansible.home-size', size, [CONTROL.ramdisk, CONTROL.ramdiskSize]);
  const keys = sshKeys(draft, CONTROL.key);
  if (keys.length > 0) draft.option('ansible.authorized-keys', keys, [CONTROL.key]);
  if (reference.on(CONTROL.forwarding))
    draft.option('ssh.forwarding-users', [name], [CONTROL.forwarding]);
  draft.finish(CONTROL.forwarding);
  draft.option('ansible.python-apt', reference.on(python), [python]);
}

/** An entry of base.users. */
function account(draft: Draft, names: Account, comment: string): Record<string, unknown> {
  const { reference } = draft;
  const size = homeSize(draft, names);
  const ssh = reference.on('OFEAT_SSHD_CONFIG') && reference.on(names.ssh);
  const groups = [
    ...(ssh ? ['ssh-login'] : []),
    ...(ssh && reference.on(names.shell) ? ['ssh-shell'] : []),
    ...(ssh && reference.on(names.forwarding) ? ['ssh-forwarding'] : []),
  ];
  const keys = ssh ? sshKeys(draft, names.key) : [];
  if (!ssh) {
    const off = reference.on(names.ssh) ? 'OFEAT_SSHD_CONFIG' : names.ssh;
    withoutEffect(draft, [names.shell, names.forwarding, names.key], off);
  }
  return {
    name: reference.text(names.user),
    ...userId(draft, names.uid),
    comment,
    ...(groups.length > 0 ? { groups } : {}),
    ...(size === undefined ? {} : { 'home-size': size }),
    ...(keys.length > 0 ? { 'ssh-keys': keys } : {}),
  };
}

/** Without a number, the next free one is taken. */
function userId({ reference }: Draft, name: string): { uid?: number | string } {
  return reference.text(name) === '' ? {} : { uid: wholeNumber(reference.text(name)) };
}

/** Those whose value is part of the entry; the others have been spoken of. */
const carried = (draft: Draft, names: Account): string[] =>
  Object.values(names).filter((name) => !draft.isFinished(name));

/** The reference has MiB without a unit. */
function homeSize(draft: Draft, { ramdisk, ramdiskSize }: Account): string | undefined {
  const { reference } = draft;
  draft.finish(ramdisk);
  if (!reference.on(ramdisk)) {
    withoutEffect(draft, [ramdiskSize], ramdisk);
    return undefined;
  }
  const size = reference.text(ramdiskSize);
  if (/^[1-9]\d*$/.test(size)) return `${size}M`;
  draft.drop([ramdiskSize], 'is no number of MiB');
  return undefined;
}

/** The keys of a text, one a line. */
function sshKeys(draft: Draft, name: string): string[] {
  const lines = draft.reference
    .text(name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.filter((line) => {
    const [problem] = FORMATS['ssh-public-key'].check(line)?.split('\n') ?? [];
    if (problem !== undefined) draft.drop([name], problem);
    return problem === undefined;
  });
}

function withoutEffect(draft: Draft, names: readonly string[], feature: string): void {
  const left = names.filter((name) => name !== feature && !draft.isFinished(name));
  draft.drop(left, `has no effect there: ${feature} is not 1`);
}

import { buildOptions } from './records/build.ts';
import { machineOptions } from './records/machine.ts';
import { networkOptions } from './records/network.ts';
import { serviceOptions } from './records/services.ts';
import { systemOptions } from './records/system.ts';
import { userOptions } from './records/users.ts';
import type { ReferenceOption } from './reference-option.ts';

/**
 * Every option of the reference builder, one record each; docs/reference.md is made from it. To
 * add one, put its record into records/: with `as`, nothing else is needed. A value that takes more
 * than one of our options, or several of theirs, is a rule in rules/.
 */
export const referenceOptions: readonly ReferenceOption[] = [
  ...buildOptions,
  ...userOptions,
  ...systemOptions,
  ...machineOptions,
  ...networkOptions,
  ...serviceOptions,
];

/**
 * Options of which the values of several assignments are joined, with blanks in between; the same
 * list is in the reference.
 */
export const JOINED_OPTIONS: ReadonlySet<string> = new Set([
  'OCONF_BOOT_CMDLINE',
  'OCONF_NFTABLES_ALLOW_INPUT_TCP',
  'OCONF_NFTABLES_ALLOW_INPUT_UDP',
  'OCONF_NFTABLES_ALLOW_OUTPUT_TCP',
  'OCONF_NFTABLES_ALLOW_OUTPUT_UDP',
]);

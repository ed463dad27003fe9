import type { Draft } from '../draft.ts';
import { referenceCollections } from '../records/collections.ts';

const NAME = 'DBUILD_TARGET_COLLECTIONS';
/** The formats that are made of the result, by collection; the first that is there counts. */
const OUTPUTS: readonly (readonly [string, string])[] = [
  ['vm/kvm', 'qcow2'],
  ['vm/hyper-v', 'vhdx'],
  ['vm/esxi', 'ova'],
  ['vm', 'qcow2'],
  ['hardware', 'raw'],
  ['lxc', 'lxc'],
];

/** Collections, those that options stand for as well, and the formats that follow from them. */
export function collectionRules(draft: Draft): void {
  const { reference } = draft;
  for (const listed of reference.listed) {
    const record = referenceCollections.find(({ name }) => name === listed);
    if (record === undefined) {
      draft.drop(
        [NAME],
        `"${listed}" is no collection that comes with the reference; write one of your own (docs/collections.md)`,
      );
      continue;
    }
    for (const ours of record.ours) draft.collection(ours, [NAME]);
    if (record.asks !== undefined)
      draft.drop([NAME], `"${listed}" is to be told here: ${record.asks}`);
  }
  if (reference.listed.length === 0) {
    draft.collection('systemd', []);
    draft.drop([NAME], 'lists no collections');
  }
  draft.finish(NAME);
  if (reference.on('OFEAT_SSHD_CONFIG')) draft.collection('ssh-strict', ['OFEAT_SSHD_CONFIG']);
  else draft.finish('OFEAT_SSHD_CONFIG');

  const present = draft.collections.map(({ name }) => name);
  draft.outputs = [OUTPUTS.find(([name]) => present.includes(name))?.[1] ?? 'tar'];
}

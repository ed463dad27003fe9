import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Identities } from '../../../build-scripts/disk/plan/identities.ts';

describe('identities', () => {
  const digest = (message: string): Buffer => createHmac('sha256', 'seed').update(message).digest();

  test('are derived as documented', () => {
    const hex = digest('partitions[0].content uuid').toString('hex');
    const uuid = new Identities('seed').uuid('partitions[0].content', 'uuid');
    const plain = uuid.replaceAll('-', '');
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(plain.slice(0, 12)).toBe(hex.slice(0, 12));
    expect(plain.slice(17)).toBe(hex.slice(17, 32));
  });

  test('a FAT serial and an MBR id are the first four bytes', () => {
    const identities = new Identities('seed');
    const serial = digest('a uuid').toString('hex').slice(0, 8);
    expect(identities.fatSerial('a', 'uuid').replace('-', '').toLowerCase()).toBe(serial);
    expect(identities.mbrId('', 'disk')).toBe(`0x${digest(' disk').toString('hex').slice(0, 8)}`);
  });

  test('LVM ids have 32 letters and digits', () => {
    expect(new Identities('seed').lvmId('a', 'vg')).toMatch(/^[0-9A-Za-z]{32}$/);
  });

  test('what is taken is not given again', () => {
    const first = new Identities('seed').uuid('a', 'uuid');
    const identities = new Identities('seed');
    expect(identities.claim(first.replaceAll('-', '').toUpperCase())).toBe(true);
    expect(identities.claim(first)).toBe(false);
    const second = identities.uuid('a', 'uuid');
    expect(second.slice(0, 8)).toBe(digest('a uuid 2').toString('hex').slice(0, 8));
  });
});

import { describe, expect, test } from '@jest/globals';
import { qemuCommand, type QemuRequest } from '../../build-scripts/boot/qemu.ts';

const command = (more: Partial<QemuRequest> = {}): string =>
  qemuCommand({
    arch: 'amd64',
    firmware: 'bios',
    accelerator: { kind: 'tcg', why: '', slowness: 6 },
    memory: 1536,
    cpus: 2,
    disks: [{ file: '/w/disk.qcow2', format: 'qcow2' }],
    variables: '/w/variables.fd',
    display: 'none',
    online: false,
    ...more,
  }).join(' ');

describe('the firmware', () => {
  test('BIOS comes with QEMU, and talks to the serial port', () => {
    expect(command()).not.toContain('pflash');
    expect(command()).toContain('-machine q35,smm=off,graphics=off');
  });
  test('UEFI has code to read and variables to write', () => {
    const uefi = command({ firmware: 'uefi' });
    expect(uefi).toMatch(/unit=0,readonly=on,file=\/usr\/share\/OVMF\/OVMF_CODE_4M\.fd/);
    expect(uefi).toContain('if=pflash,format=raw,unit=1,file=/w/variables.fd');
    expect(uefi).not.toContain('secure');
  });
  test('Secure Boot guards the variables', () => {
    const secure = command({ firmware: 'secure-boot' });
    expect(secure).toContain('OVMF_CODE_4M.ms.fd');
    expect(secure).toContain('smm=on');
    expect(secure).toContain('driver=cfi.pflash01,property=secure,value=on');
  });
  test('arm64 has a machine and a UEFI of its own', () => {
    const arm = command({ arch: 'arm64', firmware: 'uefi' });
    expect(arm).toMatch(/^qemu-system-aarch64 -machine virt,/);
    expect(arm).toContain('AAVMF_CODE.fd');
    expect(arm).not.toContain('smm');
  });
});

test('the first disk is started from, others are beside it', () => {
  const two = command({
    disks: [
      { file: '/w/a.qcow2', format: 'qcow2' },
      { file: '/w/b', format: 'raw', serial: 'test', readonly: true },
    ],
  });
  expect(two).toContain('virtio-blk-pci,drive=disk0,bootindex=1 ');
  expect(two).toContain('virtio-blk-pci,drive=disk1,serial=test ');
  expect(two).toMatch(/id=disk1,format=raw,[^ ]*readonly=on,file=\/w\/b/);
});

test('a comma in the name of a file is no separator', () => {
  expect(command({ disks: [{ file: '/w/a,b.raw', format: 'raw' }] })).toContain('file=/w/a,,b.raw');
});

test('the guest reaches the world only when it shall', () => {
  expect(command()).toContain('restrict=on');
  expect(command({ online: true, forward: { host: 2222, guest: 22 } })).toContain(
    'restrict=off,hostfwd=tcp:127.0.0.1:2222-:22',
  );
});

test('KVM takes the processor of the host, emulation all it can do, or for arm64 one that is fast', () => {
  expect(command()).toContain('-accel tcg,thread=multi -cpu max');
  expect(command({ arch: 'arm64' })).toContain('-accel tcg,thread=multi -cpu neoverse-n1');
  expect(command({ accelerator: { kind: 'kvm', why: '', slowness: 1 } })).toContain(
    '-accel kvm -cpu host',
  );
});

test('a window is the only thing that hides the serial port from the firmware', () => {
  expect(command({ display: 'window' })).not.toContain('graphics=off');
  expect(command({ display: 'terminal' })).toContain('-nographic');
});

test('a cloud-init seed is a disk with the name that it looks for', () => {
  expect(command({ cloudInit: '/w/seed' })).toContain('file.dir=/w/seed,file.label=CIDATA');
});

import { describe, expect, test } from '@jest/globals';
import { toolsCommand, toolsName, TOOLS_PACKAGES } from '../../build-scripts/disk/tools-recipe.ts';

describe('the tree of disk tools', () => {
  test('is made by mmdebstrap', () => {
    const command = toolsCommand({ arch: 'amd64', mirror: ['deb MIRROR trixie main'] }, '/tree');
    expect(command[0]).toBe('mmdebstrap');
    expect(command).toContain('--architectures=amd64');
    expect(command).toContain(`--include=${TOOLS_PACKAGES.join(',')}`);
    expect(command.slice(-3)).toEqual(['trixie', '/tree', 'deb MIRROR trixie main']);
  });

  test('has a name that follows from everything it is made of', () => {
    const name = toolsName({ arch: 'amd64' }, 'int x;');
    expect(name).toMatch(/^trixie-amd64-[0-9a-f]{16}\.tar\.zst$/);
    expect(toolsName({ arch: 'amd64' }, 'int x;')).toBe(name);
    const others = [
      toolsName({ arch: 'arm64' }, 'int x;'),
      toolsName({ arch: 'amd64', mirror: ['MIRROR'] }, 'int x;'),
      toolsName({ arch: 'amd64' }, 'int y;'),
    ];
    expect(new Set([name, ...others]).size).toBe(4);
  });
});

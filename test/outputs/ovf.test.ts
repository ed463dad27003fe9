import { expect, test } from '@jest/globals';
import { ovfDescriptor } from '../../build-scripts/outputs/ovf.ts';

/** What the schemas of DSP8023 (OVF 1.1) and of CIM 2.22 for its items demand, one rule after the other. */

const descriptor = (firmware: readonly ('uefi' | 'bios')[] = ['uefi']): string =>
  ovfDescriptor(
    {
      name: 'web & mail',
      description: 'A <small> "server"',
      suite: 'bookworm',
      version: '12',
      arch: 'amd64',
      firmware,
      secureBoot: true,
    },
    { file: 'web & mail-disk1.vmdk', bytes: 123_456, capacity: 3 * 1024 ** 3 },
  );

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Reads the subset of XML that a descriptor is; anything else is an error. */
function parse(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const pattern = /<(\/?)([\w:]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  while (pattern.lastIndex < body.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(body);
    if (match === null) throw new Error(`not well-formed: ${body.slice(at, at + 40)}`);
    const [, closes, name = '', attributes = '', empty, text] = match;
    const current = open.at(-1) ?? root;
    if (text !== undefined) {
      if (/&(?!(amp|lt|gt|quot);)/.test(text)) throw new Error(`a bare & in ${text}`);
      current.text += text.trim();
    } else if (closes === '/') {
      expect(current.name).toBe(name);
      open.pop();
    } else {
      const element: Element = {
        name,
        attributes: Object.fromEntries(
          [...attributes.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
            key,
            value,
          ]),
        ),
        children: [],
        text: '',
      };
      current.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  expect(open).toHaveLength(1);
  const [envelope] = root.children;
  if (envelope === undefined) throw new Error('empty');
  return envelope;
}

const child = (element: Element, name: string): Element => {
  const found = element.children.filter((one) => one.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] ?? element;
};
const names = ({ children }: Element): string[] => children.map(({ name }) => name);

test('the envelope has its parts in the order of the schema, and its namespaces', () => {
  const envelope = parse(descriptor());
  expect(names(envelope)).toEqual(['References', 'DiskSection', 'NetworkSection', 'VirtualSystem']);
  expect(envelope.attributes.xmlns).toBe('http://schemas.dmtf.org/ovf/envelope/1');
  const used = new Set([...descriptor().matchAll(/[</\s](\w+):\w+[=>\s]/g)].map(([, it]) => it));
  for (const prefix of used)
    expect(prefix === 'xmlns' || `xmlns:${prefix ?? ''}` in envelope.attributes).toBe(true);
});

test('every section begins with its Info', () => {
  const envelope = parse(descriptor());
  const system = child(envelope, 'VirtualSystem');
  for (const section of [
    child(envelope, 'DiskSection'),
    child(envelope, 'NetworkSection'),
    system,
    child(system, 'OperatingSystemSection'),
    child(system, 'VirtualHardwareSection'),
  ])
    expect(names(section)[0]).toBe('Info');
  expect(names(system)).toEqual([
    'Info',
    'Name',
    'OperatingSystemSection',
    'VirtualHardwareSection',
  ]);
});

test('file, disk and drive lead to one another', () => {
  const envelope = parse(descriptor());
  const file = child(child(envelope, 'References'), 'File').attributes;
  expect(file).toEqual({
    'ovf:href': 'web &amp; mail-disk1.vmdk',
    'ovf:id': 'file1',
    'ovf:size': '123456',
  });
  const disk = child(child(envelope, 'DiskSection'), 'Disk').attributes;
  expect(disk['ovf:fileRef']).toBe(file['ovf:id']);
  expect(Number(disk['ovf:capacity'])).toBe(3 * 1024 ** 3);
  expect(disk['ovf:format']).toMatch(/#streamOptimized$/);
  const items = itemsOf(envelope);
  const drive = items.find((item) => item['rasd:ResourceType'] === '17');
  expect(drive?.['rasd:HostResource']).toBe(`ovf:/disk/${disk['ovf:diskId'] ?? ''}`);
  const controller = items.find((item) => item['rasd:InstanceID'] === drive?.['rasd:Parent']);
  expect(controller?.['rasd:ResourceType']).toBe('6');
  const adapter = items.find((item) => item['rasd:ResourceType'] === '10');
  const network = child(child(envelope, 'NetworkSection'), 'Network').attributes['ovf:name'];
  expect(adapter?.['rasd:Connection']).toBe(network);
});

function itemsOf(envelope: Element): Record<string, string>[] {
  const hardware = child(child(envelope, 'VirtualSystem'), 'VirtualHardwareSection');
  return hardware.children
    .filter(({ name }) => name === 'Item')
    .map((item) => Object.fromEntries(item.children.map(({ name, text }) => [name, text])));
}

test('items have what is required, once each, in the order of the CIM schema', () => {
  const hardware = child(child(parse(descriptor()), 'VirtualSystem'), 'VirtualHardwareSection');
  expect(new Set(names(hardware))).toEqual(new Set(['Info', 'System', 'Item', 'vmw:Config']));
  const items = hardware.children.filter(({ name }) => name === 'Item');
  for (const item of items) {
    expect(names(item)).toEqual(names(item).toSorted());
    expect(new Set(names(item)).size).toBe(item.children.length);
    expect(names(item)).toEqual(
      expect.arrayContaining(['rasd:ElementName', 'rasd:InstanceID', 'rasd:ResourceType']),
    );
  }
  const ids = items.map((item) => child(item, 'rasd:InstanceID').text);
  expect(new Set(ids).size).toBe(ids.length);
  // An ElementName of more than that is cut by importers.
  for (const item of items) expect(child(item, 'rasd:ElementName').text.length).toBeLessThan(64);
});

test.each([
  [['uefi'], 'efi'],
  [['uefi', 'bios'], 'efi'],
  [['bios'], 'bios'],
] as const)('firmware %j is %s', (firmware, value) => {
  expect(descriptor(firmware)).toContain(
    `<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${value}"/>`,
  );
});

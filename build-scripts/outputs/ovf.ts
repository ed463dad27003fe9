import type { ImageFacts } from './output.ts';

/** Of the virtual machine that an OVA describes; people change it on import. */
const MACHINE = { cpus: 2, memoryMiB: 2048, hardware: 'vmx-13' } as const;

/**
 * Known to every host with hardware version 13 (ESXi 6.5) and newer, which have the same drivers for
 * later releases; a name that a host does not know makes it refuse the import.
 */
export const VMWARE_GUEST = 'debian10_64Guest';
/** CIM_OperatingSystem.OsType: Debian 64-Bit. */
const CIM_DEBIAN_64 = 96;

export interface OvfDisk {
  /** Name in the archive. */
  readonly file: string;
  /** Bytes of that file, and of the disk in it. */
  readonly bytes: number;
  readonly capacity: number;
}

/**
 * The descriptor of a virtual machine: DMTF DSP0243 (Open Virtualization Format) 1.1, with VMware's
 * elements for the firmware. Resource types are those of CIM_ResourceAllocationSettingData.
 */
export function ovfDescriptor(image: ImageFacts, disk: OvfDisk): string {
  const { name } = image;
  const firmware = image.firmware.includes('uefi') ? 'efi' : 'bios';
  const text = image.description ?? name;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <References>
    <File ovf:href="${escape(disk.file)}" ovf:id="file1" ovf:size="${disk.bytes}"/>
  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
    <Disk ovf:capacity="${disk.capacity}" ovf:capacityAllocationUnits="byte" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="VM Network">
      <Description>The network of the first adapter</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${escape(name)}">
    <Info>${escape(text)}</Info>
    <Name>${escape(name)}</Name>
    <OperatingSystemSection ovf:id="${CIM_DEBIAN_64}" vmw:osType="${VMWARE_GUEST}">
      <Info>The guest operating system</Info>
      <Description>Debian GNU/Linux ${escape(image.version ?? '')} (64-bit)</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${escape(name)}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>${MACHINE.hardware}</vssd:VirtualSystemType>
      </System>
${item(1, 3, `${MACHINE.cpus} virtual CPUs`, { allocation: 'hertz * 10^6', quantity: MACHINE.cpus })}
${item(2, 4, `${MACHINE.memoryMiB} MB of memory`, { allocation: 'byte * 2^20', quantity: MACHINE.memoryMiB })}
${item(3, 6, 'SCSI controller 0', { address: 0, subType: 'VirtualSCSI' })}
${item(4, 17, 'Hard disk 1', { addressOnParent: 0, host: 'ovf:/disk/vmdisk1', parent: 3 })}
${item(5, 10, 'Network adapter 1', { addressOnParent: 7, automatic: true, connection: 'VM Network', subType: 'VmxNet3' })}
      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${firmware}"/>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

interface ItemFields {
  readonly address?: number;
  readonly addressOnParent?: number;
  readonly allocation?: string;
  readonly automatic?: boolean;
  readonly connection?: string;
  readonly host?: string;
  readonly parent?: number;
  readonly subType?: string;
  readonly quantity?: number;
}

/** The elements are in alphabetical order: the schema is a sequence. */
function item(id: number, type: number, name: string, fields: ItemFields): string {
  const elements: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['Address', fields.address],
    ['AddressOnParent', fields.addressOnParent],
    ['AllocationUnits', fields.allocation],
    ['AutomaticAllocation', fields.automatic],
    ['Connection', fields.connection],
    ['ElementName', name],
    ['HostResource', fields.host],
    ['InstanceID', id],
    ['Parent', fields.parent],
    ['ResourceSubType', fields.subType],
    ['ResourceType', type],
    ['VirtualQuantity', fields.quantity],
  ];
  return [
    '      <Item>',
    ...elements.flatMap(([element, value]) =>
      value === undefined
        ? []
        : [`        <rasd:${element}>${escape(String(value))}</rasd:${element}>`],
    ),
    '      </Item>',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (it) => ENTITIES[it] ?? it);

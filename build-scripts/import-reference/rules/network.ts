import type { Draft } from '../draft.ts';
import { macAddress } from '../spellings.ts';

const INTERFACE = [
  'OCONF_NETCONFIG_IFACE_BY_MAC',
  'OCONF_NETCONFIG_IFACE_BY_NAME',
  'OCONF_NETCONFIG_IFACE_NAME',
  ...['IP4', 'IP4_DHCP', 'IP4_STATIC', 'IP6', 'IP6_DHCP', 'IP6_SLAAC', 'IP6_STATIC'].map(
    (name) => `OFEAT_NETCONFIG_${name}`,
  ),
  ...['IP4_STATIC', 'IP4_STATIC_GW', 'IP6_STATIC', 'IP6_STATIC_GW'].map(
    (name) => `OCONF_NETCONFIG_${name}`,
  ),
];

export function networkRules(draft: Draft): void {
  const { reference } = draft;
  if (reference.isGiven('OFEAT_IFNAMES') && !draft.isFinished('OFEAT_IFNAMES'))
    draft.option('network.predictable-names', reference.on('OFEAT_IFNAMES'), ['OFEAT_IFNAMES']);
  draft.finish('OFEAT_IFNAMES', 'OFEAT_RESOLV_CONF');
  const apt = 'OFEAT_WEB_PROXY_APT';
  if (reference.on('OFEAT_WEB_PROXY')) draft.option('web-proxy.apt', reference.on(apt), [apt]);
  draft.finish(apt);
  const exceptions = 'OCONF_WEB_NO_PROXY';
  // Programs differ in what they make of a star; a leading dot is the same for all of them.
  if (reference.isGiven(exceptions) && reference.on('OFEAT_WEB_PROXY'))
    draft.option(
      'web-proxy.exceptions',
      reference
        .text(exceptions)
        .split(/[\s,]+/)
        .filter((host) => host !== '')
        .map((host) => host.replace(/^\*(?=\.)/, '')),
      [exceptions],
    );
  if (reference.on('OFEAT_NET_SINKHOLE')) sinkhole(draft);
  // DHCP and router advertisements on all interfaces is our default, and theirs.
  const given = INTERFACE.filter((name) => reference.isGiven(name));
  if (given.length > 0) networkInterface(draft, given);
}

/** Networks of the sinkhole → the options of the reference for them. */
const SINKHOLE: Readonly<Record<string, readonly string[]>> = {
  documentation: ['IP4_DOC', 'IP6_DOC'],
  benchmark: ['IP4_BENCHMARK', 'IP6_BENCHMARK'],
  'ds-lite': ['IP4_DSLITE'],
  teredo: ['IP6_TEREDO'],
  'tunnel-6to4': ['IP6_6TO4'],
  cgnat: ['IP4_CGNAT'],
  rfc1918: ['IP4_RFC1918'],
  ula: ['IP6_ULA'],
};

function sinkhole(draft: Draft): void {
  for (const [ours, theirs] of Object.entries(SINKHOLE)) {
    const names = theirs.map((name) => `OFEAT_NET_SINKHOLE_ROUTES_${name}`);
    const on = names.some((name) => draft.reference.on(name));
    draft.option(`sinkhole.${ours}`, on, names);
  }
}

/** The one interface that the reference configures. */
function networkInterface(draft: Draft, given: readonly string[]): void {
  const { reference } = draft;
  const feature = (...names: readonly string[]): boolean =>
    names.every((name) => reference.on(`OFEAT_NETCONFIG_${name}`));
  const text = (name: string): string => reference.text(`OCONF_NETCONFIG_${name}`);
  const useful = given.filter(
    (name) => reference.record(name)?.needs?.every((needed) => reference.on(needed)) ?? true,
  );
  const mac = text('IFACE_BY_MAC');
  const name = text('IFACE_BY_NAME');
  const rename = text('IFACE_NAME');
  const families = (['IP4', 'IP6'] as const).filter((family) =>
    feature(family, `${family}_STATIC`),
  );
  const all = (ending: string): string[] =>
    families.flatMap((family) => reference.words(`OCONF_NETCONFIG_${family}_${ending}`));
  const addresses = all('STATIC');
  const gateways = all('STATIC_GW');
  if (mac === '' && ['', '*'].includes(name)) {
    if (addresses.length > 0 || rename !== '')
      draft.drop(useful, 'is for one interface, and none is named');
    else if (feature('IP4', 'IP4_DHCP') || feature('IP6', 'IP6_SLAAC'))
      draft.option('network.dhcp-fallback', true, useful);
    return;
  }
  if (rename !== '' && mac === '') {
    const renaming = 'OCONF_NETCONFIG_IFACE_NAME';
    draft.drop([renaming], 'renames an interface by its name, ours are renamed by their mac');
  }
  const dhcp = [feature('IP4', 'IP4_DHCP'), feature('IP6', 'IP6_DHCP')];
  const entry = {
    ...(mac === '' ? { name } : { mac: macAddress(mac) }),
    ...(mac === '' || rename === '' ? {} : { rename }),
    dhcp: dhcp[0] ? (dhcp[1] ? 'yes' : 'ipv4') : dhcp[1] ? 'ipv6' : 'no',
    'accept-ra': feature('IP6', 'IP6_SLAAC'),
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(gateways.length > 0 ? { gateways } : {}),
  };
  draft.option(
    'network.interfaces',
    [entry],
    useful.filter((used) => !draft.isFinished(used)),
  );
}

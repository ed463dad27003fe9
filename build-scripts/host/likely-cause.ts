/** One kind of failure that a tool's output gives away. */
interface Cause {
  /** Tried on one line at a time. */
  readonly pattern: RegExp;
  /** What to tell the reader; `$1` is the pattern's first group. */
  readonly hint: string;
}

/** First match wins, so the root causes come before their consequences. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /No space left on device|Disk quota exceeded/,
    hint: 'the disk (or the in-memory work area) is full; free some space or point MKIMAGE_WORKDIR at a bigger disk',
  },
  {
    pattern: /newuidmap|newgidmap|uid_map|gid_map/,
    hint: 'user namespaces are not set up for this user; check the uidmap package, /etc/subuid and /etc/subgid',
  },
  {
    pattern: /(?:unshare|nsenter|setns|clone).*(?:Operation not permitted|Permission denied)/,
    hint: 'the kernel refuses new namespaces; see sysctl kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or the limits of the container this runs in',
  },
  {
    pattern: /Temporary failure resolving '([^']+)'|Could not resolve '([^']+)'/,
    hint: 'the name $1 cannot be resolved; check the network, DNS and the mirror in the profile',
  },
  {
    pattern: /Could not resolve host|Name or service not known/,
    hint: 'a host name cannot be resolved; check the network, DNS and the mirror in the profile',
  },
  {
    pattern: /Could not connect to (\S+)/,
    hint: 'no connection to $1; check the network, the mirror and the apt proxy in the profile',
  },
  {
    pattern: /Connection refused|Connection timed out|No route to host|Network is unreachable/,
    hint: 'the mirror or the apt proxy does not answer; check the network and their addresses in the profile',
  },
  {
    pattern: /NO_PUBKEY (\w+)/,
    hint: 'the archive is signed with key $1, which apt does not know; give the repository its `key`',
  },
  {
    pattern: /is not signed|signatures couldn't be verified|EXPKEYSIG|BADSIG/,
    hint: 'apt cannot verify the signature of the archive; check the `key` of the repository and the keyring of this host',
  },
  {
    pattern: /does not have a Release file/,
    hint: 'the mirror has no such suite; check the suite and the mirror (or snapshot) in the profile',
  },
  {
    pattern: /Release file .* is (?:expired|not valid yet)/,
    hint: 'the archive index is outdated or the clock of this host is wrong',
  },
  {
    pattern: /Hash Sum mismatch|File has unexpected size/,
    hint: 'the mirror (or an apt proxy in between) is being updated or holds a broken copy; try again in a few minutes',
  },
  {
    pattern: /Unable to locate package (\S+)/,
    hint: 'the package $1 does not exist in this suite and its components; check the name, `components` and `repositories`',
  },
  {
    pattern: /Package '?([^\s']+)'? has no installation candidate/,
    hint: 'the package $1 cannot be installed from this suite and its components; check the name, `components` and `repositories`',
  },
  {
    pattern: /404 +Not Found/,
    hint: 'the mirror does not have a file that its index lists; it is being updated, or the suite or snapshot is wrong',
  },
  {
    pattern: /Exec format error/,
    hint: 'this machine cannot run programs of that architecture; install qemu-user-static (binfmt)',
  },
  {
    pattern: /Cannot allocate memory|Out of memory|oom-kill/,
    hint: 'the machine ran out of memory',
  },
];

/**
 * Reads the end of a tool's output and names the likely cause of its failure.
 * @returns one sentence for the reader, or undefined when nothing known is found.
 */
export function likelyCause(lines: readonly string[]): string | undefined {
  for (const { pattern, hint } of CAUSES) {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) return hint.replace('$1', () => match.slice(1).find(Boolean) ?? '');
    }
  }
  return undefined;
}

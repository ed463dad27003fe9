import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { UserError } from '../host/errors.ts';
import type { GuestOutcome } from './guest.ts';
import { AGENT_PORT } from './qemu.ts';

/** What the guest finds the medium by: /dev/disk/by-id/virtio-… */
export const MEDIUM_SERIAL = 'mkimage-test';
const MEDIUM = `/dev/disk/by-id/virtio-${MEDIUM_SERIAL}`;
const MEDIUM_BYTES = 64 * 1024;
/** `sun_path` of unix(7), without the byte that ends it. */
const SOCKET_PATH_BYTES = 107;

/**
 * Kernel arguments that let a machine run the script of the medium before its init. The image needs
 * nothing for it and stays as it is. Without the medium it boots as always.
 * @param console the serial port
 */
export function agentArguments(console: string): string {
  // What follows "--" is for init; sh reads scripts from block devices, too.
  const script = `if [ -e ${MEDIUM} ];then exec sh ${MEDIUM};fi;exec /sbin/init`;
  return [`console=${console}`, 'init=/bin/sh', '--', '-c', `'${script}'`].join(' ');
}

/**
 * As PID 1, before systemd: puts a unit into /run, which is memory, and goes on with the real init.
 * The unit reads lines `NUMBER BASE64` from a virtio port, runs each as a shell command, and answers
 * `NUMBER EXIT-CODE BASE64`.
 * @param deviceSeconds see MachineOptions; the key is known since systemd 252, in Debian 12
 */
const script = (deviceSeconds: number): string => `#!/bin/sh
run=/run/mkimage-test
mkdir -p $run /run/systemd/system/sysinit.target.wants
mount -t tmpfs -o mode=0700 mkimage-test $run
mkdir -p /run/systemd/system.conf.d
printf '[Manager]\\nDefaultDeviceTimeoutSec=%s\\n' ${deviceSeconds} >/run/systemd/system.conf.d/mkimage-test.conf
cat >$run/agent <<'AGENT'
#!/bin/bash
port=
until [ -n "$port" ]; do
    for name in /sys/class/virtio-ports/*/name; do
        if [ -e "$name" ] && [ "$(cat "$name")" = ${AGENT_PORT} ]; then
            name=\${name%/name}
            port=/dev/\${name##*/}
        fi
    done
    if [ -z "$port" ]; then sleep 0.5; fi
done
until [ -e "$port" ]; do sleep 0.5; done
exec 3<>"$port"
cd /
export HOME=/root
echo ready >&3
while read -r number limit command <&3; do
    command=$(base64 -d <<<"$command")
    output=$(timeout --kill-after=5 "$limit" bash -c "$command" 2>&1 </dev/null 3>&- | base64 -w0; exit "\${PIPESTATUS[0]}")
    printf '%s %s %s\\n' "$number" "$?" "$output" >&3
done
AGENT
chmod 700 $run/agent
# Answers while the boot still hangs, and in emergency mode.
cat >/run/systemd/system/mkimage-test.service <<'UNIT'
[Unit]
Description=Commands from mkimage
DefaultDependencies=no
IgnoreOnIsolate=yes
[Service]
ExecStart=/run/mkimage-test/agent
UNIT
ln -s ../mkimage-test.service /run/systemd/system/sysinit.target.wants/
exec env -i HOME=/ TERM=linux PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
`;

/** Writes the medium: a read-only disk whose first bytes are the script. */
export async function writeMedium(file: string, deviceSeconds: number): Promise<void> {
  await writeFile(file, Buffer.from(script(deviceSeconds).padEnd(MEDIUM_BYTES, '\n')));
}

/** The host's end of the port. */
export interface AgentLine {
  readonly isReady: () => boolean;
  /** @returns undefined when no answer came, a little after the time it may take was over */
  attempt(command: string, seconds: number): Promise<GuestOutcome | undefined>;
  close(): void;
}

/**
 * Waits for QEMU on a socket.
 * @param path of the socket, which is made
 * @param onReady the guest's end works
 * @throws UserError when the path is too long
 */
export async function listenForAgent(path: string, onReady: () => void): Promise<AgentLine> {
  // QEMU would say so as well, but not in words.
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES) {
    throw new UserError(`the path of a socket is too long for Linux: ${path}`, {
      hint: 'choose a folder with a shorter path: --workdir /var/tmp',
    });
  }
  const server = createServer();
  await rm(path, { force: true });
  server.listen(path);
  await once(server, 'listening');
  let socket: Socket | undefined;
  let ready = false;
  let count = 0;
  const waiting = new Map<string, (outcome: GuestOutcome) => void>();
  server.on('connection', (connected) => {
    socket = connected;
    // A machine that is killed.
    connected.on('error', () => undefined);
    createInterface({ input: connected }).on('line', (line) => {
      const [number = '', exitCode, output = ''] = line.split(' ');
      if (number === 'ready') {
        ready = true;
        onReady();
      }
      waiting.get(number)?.({
        exitCode: Number(exitCode),
        output: Buffer.from(output, 'base64').toString('utf8').trimEnd(),
      });
    });
  });
  return {
    isReady: () => ready,
    async attempt(command, seconds) {
      const number = String((count += 1));
      const text = Buffer.from(command).toString('base64');
      return new Promise((resolve) => {
        const finish = (outcome: GuestOutcome | undefined): void => {
          clearTimeout(timer);
          waiting.delete(number);
          socket?.off('close', hangUp);
          resolve(outcome);
        };
        const hangUp = (): void => {
          finish(undefined);
        };
        const timer = setTimeout(hangUp, (seconds + 30) * 1000);
        waiting.set(number, finish);
        if (socket === undefined || socket.destroyed) hangUp();
        socket?.on('close', hangUp);
        socket?.write(`${number} ${seconds} ${text}\n`);
      });
    },
    close() {
      socket?.destroy();
      server.close();
    },
  };
}

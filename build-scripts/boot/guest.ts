/** What a command in a guest came to. */
export interface GuestOutcome {
  /** 124: it took too long. */
  readonly exitCode: number;
  /** stdout and stderr together, without the line break at the end. */
  readonly output: string;
}

/** A booted image: a virtual machine or a container. Its files are a throw-away copy. */
export interface Guest {
  readonly kind: 'machine' | 'container';
  /** From its start to the end of its boot. */
  readonly bootSeconds: number;
  /** What `systemctl is-system-running` said then: `running`, `degraded`, … */
  readonly state: string;
  /**
   * Runs a shell command in it as root.
   * @param seconds it may take on hardware; default 120. An emulated machine gets more.
   * @throws GuestError when the guest does not answer
   */
  attempt(command: string, seconds?: number): Promise<GuestOutcome>;
  /** Shuts it down in order. @throws GuestError when it does not go */
  powerOff(): Promise<void>;
  /** Ends it at once, as a power cut does. Does nothing the second time. */
  stop(): Promise<void>;
}

/** A guest does not boot, or does not answer any more. */
export class GuestError extends Error {
  override readonly name: string = 'GuestError';
  readonly exitCode = 1;
  /** What can be said about the cause, one line each. */
  readonly details: readonly string[];
  /** The end of its console. */
  readonly lastLines: readonly string[];

  constructor(message: string, details: readonly string[], lastLines: readonly string[]) {
    super(message);
    this.details = details;
    this.lastLines = lastLines;
  }
}

/** QEMU or its serial port has failed, whatever the image is like: another try may do. */
export class EmulatorFailure extends GuestError {
  override readonly name = 'EmulatorFailure';
}

/** Seconds that a command may take by default, on hardware. */
export const COMMAND_SECONDS = 120;

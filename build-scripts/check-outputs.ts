import type { Diagnostic, Location } from './config/diagnostics.ts';
import { suggestion } from './config/did-you-mean.ts';
import { OUTPUT_NAMES, outputFormat } from './outputs/index.ts';
import type { ImageFacts } from './outputs/output.ts';

export interface OutputsToCheck {
  readonly names: readonly string[];
  readonly image: ImageFacts;
  /** Whether a disk is made. */
  readonly hasDisk: boolean;
  /** Whether its system is made to run as a container; undefined: not known. */
  readonly isContainer: boolean | undefined;
  /** Where the formats were asked for. */
  readonly at?: Location | undefined;
  readonly where?: string | undefined;
}

/** What keeps formats from being made of an image; found before anything is built. */
export function checkOutputs(request: OutputsToCheck): Diagnostic[] {
  const { names, at, where } = request;
  return names.flatMap((name, index): Diagnostic[] => {
    const place = { at, where };
    if (!OUTPUT_NAMES.includes(name)) {
      const message = `unknown output "${name}"`;
      return [{ message, hint: suggestion(name, OUTPUT_NAMES, 'outputs'), ...place }];
    }
    if (names.indexOf(name) < index) {
      const message = `output "${name}" is given twice`;
      return [{ message, hint: 'its files would have the same name', ...place }];
    }
    return complaint(name, request).map((problem) => ({ ...problem, ...place }));
  });
}

function complaint(name: string, { image, hasDisk, isContainer }: OutputsToCheck): Diagnostic[] {
  const format = outputFormat(name);
  if (format.source === 'disk' && !hasDisk) {
    return [
      {
        message: `output "${name}" is made of a disk, and ${image.name} has none`,
        hint: 'add "disk:" to the profile, or a collection with a layout like vm/kvm or hardware',
      },
    ];
  }
  if (name === 'lxc' && hasDisk && isContainer === false) {
    return [
      {
        message: `output "lxc" is a container, and ${image.name} is a system for disks`,
        hint: 'use "tar" for its root file system, or a profile with the collection lxc',
      },
    ];
  }
  const refused = format.refuses?.(image);
  return refused === undefined ? [] : [{ message: `output "${name}": ${refused}` }];
}

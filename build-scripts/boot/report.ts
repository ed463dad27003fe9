/** One test in a guest. */
export interface TestResult {
  /** `boot`, `ssh-strict/tests/30-login`, … */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** What it printed: the reason, unless it passed. */
  readonly output: string;
}

/** One image, started in one way. */
export interface ImageReport {
  /** Profile or file. */
  readonly image: string;
  readonly file: string;
  readonly format: string;
  /** `BIOS`, `UEFI with Secure Boot`, `container`, …; with the name of a scenario. */
  readonly way: string;
  /** `kvm`, `tcg`; undefined for containers that no machine is around. */
  readonly accelerator: string | undefined;
  /** Undefined when it did not boot. */
  bootSeconds: number | undefined;
  readonly tests: TestResult[];
  /** Absolute path of the console's log. */
  readonly log: string;
}

/** An image that was not tested has not passed. */
export const hasFailed = ({ tests }: ImageReport): boolean =>
  tests.length === 0 || tests.some(({ status }) => status === 'failed');

/** Rows for people: image, format, way, boot time, result. */
export function reportRows(reports: readonly ImageReport[]): string[][] {
  return reports.map((report) => {
    const { image, format, way, accelerator, bootSeconds, tests } = report;
    return [
      hasFailed(report) ? '✗' : '✓',
      image,
      format,
      accelerator === 'tcg' ? `${way}, emulated` : way,
      bootSeconds === undefined ? 'does not boot' : `boots in ${bootSeconds.toFixed(1)} s`,
      countTests(tests),
    ];
  });
}

function countTests(tests: readonly TestResult[]): string {
  const count = (status: TestResult['status']): number =>
    tests.filter((test) => test.status === status).length;
  return (['passed', 'failed', 'skipped'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`)
    .join(', ');
}

/** What failed or was skipped, with the reason, for people. */
export function reportDetails(reports: readonly ImageReport[]): string[] {
  return reports.flatMap((report) => {
    const { image, format, way, tests, log } = report;
    const notable = tests.filter(({ status }) => status !== 'passed');
    if (notable.length === 0) return [];
    return [
      '',
      `${image}, ${format}, ${way}:`,
      ...notable.flatMap(({ name, status, output }) => [
        `  ${status} ${name}`,
        ...output
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `    ${line}`),
      ]),
      ...(hasFailed(report) ? [`  console: ${log}`] : []),
    ];
  });
}

export function reportJson(reports: readonly ImageReport[]): string {
  return `${JSON.stringify({ schema: 1, passed: reports.length > 0 && !reports.some(hasFailed), images: reports }, null, 2)}\n`;
}

/** JUnit XML as Jenkins and GitLab read it: a suite per image and way. */
export function reportJunit(reports: readonly ImageReport[]): string {
  const suites = reports.map(({ image, format, way, tests }) => {
    const count = (status: TestResult['status']): number =>
      tests.filter((test) => test.status === status).length;
    const seconds = tests.reduce((sum, test) => sum + test.seconds, 0);
    const name = escapeXml(`${image} ${format} ${way}`);
    return [
      `  <testsuite name="${name}" tests="${tests.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}">`,
      ...tests.map((test) => junitCase(name, test)),
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function junitCase(suite: string, { name, status, seconds, output }: TestResult): string {
  const open = `    <testcase classname="${suite}" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  if (status === 'passed') return `${open}/>`;
  const text = escapeXml(output);
  const first = escapeXml(output.split('\n')[0] ?? '');
  const inner =
    status === 'failed'
      ? `<failure message="${first}">${text}</failure>`
      : `<skipped message="${first}"/>`;
  return `${open}>${inner}</testcase>`;
}

/** XML 1.0, section 2.2: these characters are not allowed, not even escaped. */
function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are meant
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

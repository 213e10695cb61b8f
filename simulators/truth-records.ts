import type { LineTruth, ScanTruth } from './truth.ts';

/** What is needed of a simulated line to tell its truth. */
export interface TruthSource {
  readonly line: string;
  readonly gauge: string;
  readonly seed: number;
  readonly scenarioName: string;
  readonly truth: LineTruth;
}

/** What is known of a line before it begins: its parameters, and all of its runs. */
export const truthAtStart = ({ line, gauge, seed, scenarioName, truth }: TruthSource): object[] => [
  { kind: 'line', line, gauge, scenario: scenarioName, seed, parameters: truth.parameters },
  ...truth.runs.map((run) => ({ kind: 'run', line, ...run })),
];

export const truthOfScan = (line: string, scan: ScanTruth): object => ({ kind: 'scan', line, ...scan });

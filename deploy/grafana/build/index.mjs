#!/usr/bin/env node
/** Writes the dashboards and alert rules beside this folder: `node deploy/grafana/build/index.mjs`. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { abstraction } from './abstraction.mjs';
import { agent } from './agent.mjs';
import { alerting } from './alerts.mjs';
import { lineOverview } from './line.mjs';
import { prediction } from './prediction.mjs';
import { profile } from './profile.mjs';

const dashboards = [lineOverview, profile, prediction, abstraction, agent];

/** Text of each file, by its path below `deploy/grafana`. */
export const files = new Map([
  ...dashboards.map((dashboard) => [
    `dashboards/${dashboard.uid.replace('gapwise-', '')}.json`,
    `${JSON.stringify(dashboard, null, 2)}\n`,
  ]),
  [
    'provisioning/alerting/gapwise.yaml',
    `# Made by deploy/grafana/build; contact points and policies are yours to add.\n${stringify(alerting, { lineWidth: 120 })}`,
  ],
]);

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, text] of files) writeFileSync(new URL(`../${path}`, import.meta.url), text);
}

import type { DataValue } from 'node-opcua';
import type { OpcUaSourceSettings } from '../../config/sources.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { readUnits } from './properties.ts';
import { resolveTags } from './session.ts';
import { groupValues } from './values.ts';
import { type Visit, type VisitDependencies, visitServer } from './visit.ts';

/** Clocks that differ by more are worth a word (ms). */
const clockTolerance_ms = 60_000;

/** Connects, logs in and reads every tag once: value, unit, quality, age. It never throws. */
export async function checkOpcUaSource(
  settings: OpcUaSourceSettings,
  dependencies: VisitDependencies,
): Promise<Finding[]> {
  const visit = await visitServer(settings, dependencies);
  try {
    return [...visit.findings, ...(await checkTags(settings, visit, dependencies.clock.now_ms()))];
  } catch (error) {
    return [...visit.findings, failed('tags', messageOf(error), "look into the server's log")];
  } finally {
    await visit.close();
  }
}

async function checkTags(
  settings: OpcUaSourceSettings,
  { session, library }: Visit,
  now_ms: number,
): Promise<Finding[]> {
  if (!session) return [];
  const { known, unknown, namespaces } = await resolveTags(session, library, settings);
  const findings = unknown.map(({ name, detail }) =>
    failed(
      `tag ${name}`,
      detail,
      `correct it; gapwise browse lists what is there (namespaces: ${namespaces.slice(1).join(', ')})`,
    ),
  );
  if (known.length === 0) return findings;
  const nodeIds = known.map(({ nodeId }) => nodeId);
  const attributeId = library.AttributeIds.Value;
  const values = await session.read(nodeIds.map((nodeId) => ({ nodeId, attributeId })));
  const units = await readUnits(session, library, nodeIds);
  const read = known.map(({ name }, i) => checkTag(name, settings, values[i] as DataValue, units[i], now_ms));
  const times = values
    .filter(({ statusCode }) => statusCode.isGood())
    .map(({ sourceTimestamp }) => sourceTimestamp?.getTime() ?? Number.NaN)
    .filter((time_ms) => !Number.isNaN(time_ms));
  return [...findings, ...read, ...checkAge(settings, times, now_ms)];
}

/** One value may stand for hours; a machine at work, whose clock is set, changes some value every few seconds. */
function checkAge(
  { silent_after_s }: OpcUaSourceSettings,
  times_ms: readonly number[],
  now_ms: number,
): Finding[] {
  if (times_ms.length === 0) return [];
  const age_ms = now_ms - Math.max(...times_ms);
  if (age_ms <= Math.max(clockTolerance_ms, 2000 * silent_after_s)) return [];
  return [
    warning(
      'source times',
      `the newest value of all tags is ${ageOf(age_ms)}`,
      'look whether the machine runs, whether the server gets its values, and whether its clock is set (NTP)',
    ),
  ];
}

function checkTag(
  name: string,
  settings: OpcUaSourceSettings,
  { value, statusCode, sourceTimestamp, serverTimestamp }: DataValue,
  serverUnit: string | undefined,
  now_ms: number,
): Finding {
  const subject = `tag ${name}`;
  if (/^BadNodeId/.test(statusCode.name)) {
    return failed(subject, statusCode.name, 'correct the node; gapwise browse lists what is there');
  }
  if (/AccessDenied|NotReadable/.test(statusCode.name)) {
    return failed(subject, statusCode.name, 'let the server allow this user to read it');
  }
  if (!statusCode.isGood()) {
    return warning(subject, `quality ${statusCode.name}`, 'look at the machine: the value is not usable now');
  }
  const source_ms = (sourceTimestamp ?? serverTimestamp)?.getTime();
  const tagValue = { name, value: value.value, status: statusCode.value, source_ms };
  const { samples, refused } = groupValues('check', settings.tags, [tagValue]);
  const [fault] = refused;
  if (fault) {
    return failed(
      subject,
      `${fault.reason}: ${fault.detail}`,
      'choose a node with a number and a source time',
    );
  }
  const figure = samples[0]?.values[name];
  const unit = settings.tags[name]?.unit ?? serverUnit;
  const detail = `${figure}${unit === undefined ? '' : ` ${unit}`}, good`;
  const { scale = 1, offset = 0, unit: configured } = settings.tags[name] ?? {};
  if (configured !== undefined && serverUnit !== undefined && scale === 1 && offset === 0) {
    if (configured !== serverUnit) {
      return warning(subject, `${detail}, but the server says ${serverUnit}`, 'check unit, scale and offset');
    }
  }
  if (source_ms !== undefined && source_ms - now_ms > clockTolerance_ms) {
    const ahead_s = Math.round((source_ms - now_ms) / 1000);
    return warning(subject, `${detail}, ${ahead_s} s in the future`, 'set the clocks of both (NTP)');
  }
  const { stale_after_s } = settings.tags[name] ?? {};
  if (source_ms !== undefined && stale_after_s !== undefined && now_ms - source_ms > 1000 * stale_after_s) {
    return warning(
      subject,
      `${detail}, ${ageOf(now_ms - source_ms)}, stale after ${stale_after_s} s`,
      'look at the machine, or raise stale_after_s for a value that changes rarely',
    );
  }
  return ok(subject, source_ms === undefined ? detail : `${detail}, ${ageOf(now_ms - source_ms)}`);
}

function ageOf(age_ms: number): string {
  const age_s = Math.max(0, age_ms / 1000);
  if (age_s < 120) return `${age_s.toFixed(1)} s old`;
  return age_s < 172_800 ? `${Math.round(age_s / 60)} min old` : `${Math.round(age_s / 86_400)} days old`;
}

import type { RecordingSourceSettings } from '../../config/recording.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { checkLoading, coatedLevel, type LabRange } from '../loading-check.ts';
import { openRecording } from './recording.ts';
import type { RowFault } from './rows.ts';

/** Reads the whole recording. It never throws. */
export async function checkRecordingSource(
  settings: RecordingSourceSettings,
  line: string,
  lab?: LabRange,
): Promise<Finding[]> {
  const subject = `recording ${settings.data}`;
  let first: RowFault | undefined;
  let faults = 0;
  let samples = 0;
  const levels: number[] = [];
  try {
    const recording = await openRecording(settings, line, (fault) => {
      first ??= fault;
      faults++;
    });
    try {
      for await (const message of recording.messages()) {
        if (message.kind === 'scan') levels.push(coatedLevel(message.loading_mg_cm2));
        else samples++;
      }
    } finally {
      await recording.close();
    }
  } catch (error) {
    return [failed(subject, messageOf(error), 'correct file names and columns')];
  }
  const worst =
    first && `${faults} rows can't be used, the first: ${first.where}: ${first.reason}, ${first.detail}`;
  if (samples + levels.length === 0) {
    return [failed(subject, worst ?? 'nothing is in it', 'check columns and times')];
  }
  const detail = `${samples} machine samples, ${levels.length} scans`;
  const told =
    worst === undefined
      ? ok(subject, detail)
      : warning(subject, `${detail}; ${worst}`, 'correct the layout, or live without these rows');
  const unit = lab && checkLoading(coatedLevel(levels), lab);
  return unit ? [told, unit] : [told];
}

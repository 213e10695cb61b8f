import type { RecordingSourceSettings } from '../../config/sources.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { readRecording } from './recording.ts';

/** Reads the whole recording. It never throws. */
export function checkRecordingSource(settings: RecordingSourceSettings, line: string): Finding[] {
  const subject = `recording ${settings.data}`;
  try {
    const { messages, faults } = readRecording(settings, line);
    const scans = messages.filter(({ kind }) => kind === 'scan').length;
    const detail = `${messages.length - scans} machine samples, ${scans} scans`;
    const [first] = faults;
    if (messages.length === 0)
      return [failed(subject, 'nothing in it can be used', 'check columns and times')];
    if (!first) return [ok(subject, detail)];
    return [
      warning(
        subject,
        `${detail}; ${faults.length} rows can't be used, the first: ${first.where}: ${first.reason}, ${first.detail}`,
        'correct the layout, or live without these rows',
      ),
    ];
  } catch (error) {
    return [failed(subject, messageOf(error), 'correct file names and columns')];
  }
}

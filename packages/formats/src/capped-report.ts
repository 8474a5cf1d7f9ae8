import type { Finding } from '@linnaea/model';
import type { FindingSink } from './blocks.ts';

/**
 * Lets the first `limit` findings of each code through and counts the others, so that a file of a million bad lines
 * says so in one line. `finish` reports the counts.
 */
export function capReport(report: FindingSink, file: string | undefined, limit = 100) {
  const counts = new Map<string, { count: number; severity: Finding['severity'] }>();
  return {
    report(finding: Finding): void {
      const entry = counts.get(finding.code) ?? { count: 0, severity: finding.severity };
      counts.set(finding.code, { count: entry.count + 1, severity: finding.severity });
      if (entry.count >= limit) return;
      const location = { ...(file === undefined ? {} : { file }), ...finding.location };
      report(Object.keys(location).length > 0 ? { ...finding, location } : finding);
    },
    finish(): void {
      for (const [code, { count, severity }] of counts) {
        if (count <= limit) continue;
        const message = `${count} findings of this kind in all; ${count - limit} of them are not listed.`;
        report({ code, severity, message, value: count, ...(file === undefined ? {} : { location: { file } }) });
      }
      counts.clear();
    },
  };
}

/** Shortens a value for a finding: the report of a 1 MB cell must not be 1 MB. */
export function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

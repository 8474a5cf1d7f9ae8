const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago for the last week, else the date; the year only where it is another one. Pure: `now` is given. */
export function formatWhen(text: string, now = Date.now()): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return text;
  const ago = now - at;
  if (ago >= 0 && ago < minute) return 'just now';
  if (ago >= 0 && ago < hour) return `${Math.floor(ago / minute)} min ago`;
  if (ago >= 0 && ago < day) return `${Math.floor(ago / hour)} h ago`;
  if (ago >= 0 && ago < 7 * day) return ago < 2 * day ? 'yesterday' : `${Math.floor(ago / day)} days ago`;
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
}

export function formatDate(text: string): string {
  return new Date(text).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

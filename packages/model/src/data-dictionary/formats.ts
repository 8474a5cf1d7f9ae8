const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-](\d\d):(\d\d))$/;
const date = /^(\d{4})-(\d\d)-(\d\d)$/;

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

function isDate(text: string): boolean {
  const parts = date.exec(text);
  return parts !== null && isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

/** RFC 3339: the offset is required, a leap second is allowed. A bare day is taken too: GDC's own documents write one. */
function isDateTime(text: string): boolean {
  if (isDate(text)) return true;
  const parts = dateTime.exec(text);
  if (!parts || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return false;
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6])];
  return hour < 24 && minute < 60 && second <= 60 && Number(parts[9] ?? 0) < 24 && Number(parts[10] ?? 0) < 60;
}

function isAddress(text: string): boolean {
  return (
    /^(\d{1,3}\.){3}\d{1,3}$/.test(text) &&
    text.split('.').every((part) => Number(part) < 256 && String(Number(part)) === part)
  );
}

/** The formats that are checked; any other name of a format accepts everything, as JSON Schema allows. */
export const formats: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date-time', isDateTime],
  ['date', isDate],
  ['email', (text: string) => text.includes('@')],
  ['ipv4', isAddress],
  ['uuid', (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
]);

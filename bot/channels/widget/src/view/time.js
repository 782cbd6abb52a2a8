/** Times and days as the customer's language writes them. */

// British English: the shop's customers use the 24-hour clock
const locale = (language) => (language === 'en' ? 'en-GB' : language);

const DAY = 24 * 60 * 60 * 1000;
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** `date` as a clock time, such as '14:03'. */
export function clock(date, language) {
  return date.toLocaleTimeString(locale(language), { hour: '2-digit', minute: '2-digit' });
}

/** The day of `date`: 'Today', 'Yesterday', else such as '3 March'. */
export function day(date, language, now = new Date()) {
  const ago = Math.round((midnight(now) - midnight(date)) / DAY);
  if (ago > 1 || ago < 0) {
    const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
    return date.toLocaleDateString(locale(language), { day: 'numeric', month: 'long', year });
  }
  const name = new Intl.RelativeTimeFormat(locale(language), { numeric: 'auto' }).format(
    -ago,
    'day',
  );
  return name[0].toLocaleUpperCase(language) + name.slice(1);
}

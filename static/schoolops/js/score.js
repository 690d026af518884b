// Reads what is typed into a score cell: the twin of schoolops/lib/scores.py, held to it by tests/vectors/parse_score.json.
const COMMENT = {d: 'D', 'đ': 'D', dd: 'D', 'đạt': 'D', c: 'CD', cd: 'CD', 'cđ': 'CD', cdd: 'CD', 'chưa đạt': 'CD', v: 'V', k: 'K'};
const WORDS = {SCORE: {v: 'V', k: 'K'}, COMMENT, WHOLE: {v: 'V'}, LEVEL: {t: 'T', h: 'H', c: 'C', v: 'V'}};

const result = (code, more) => ({code, error: null, offer: null, quick: false, check: false, ...more});
const refuse = (error, offer = null) => result(null, {error, offer});
const codeOf = tenths => String(Math.floor(tenths / 10)) + (tenths % 10 ? '.' + tenths % 10 : '');

// Half up on the digits themselves: the first digit cut off decides, so no float is needed.
const rounded = (whole, decimals, places) => {
  const step = places ? 1 : 10;
  const up = decimals.charAt(places) >= '5' ? step : 0;
  return codeOf(Number(whole) * 10 + Number(decimals.slice(0, places)) * step + up);
};

const digitsOnly = digits => {
  if (digits === '100') return result('10', {quick: true});
  if (digits.length === 2) return result(codeOf(Number(digits)), {quick: true, check: digits[0] === '1'});
  // 101..109 may also be a slip for 10: nothing sensible to offer.
  if (digits.length > 3 || digits.startsWith('10')) return refuse('range');
  return refuse('decimals', rounded(digits[0], digits.slice(1), 1));
};

const decimal = (whole, decimals, places) => {
  const units = Number(whole), fraction = decimals.replace(/0+$/, '');
  if (whole.length > 2 || units > 10 || (units === 10 && fraction)) return refuse('range');
  if (fraction.length > places) return refuse('decimals', rounded(whole, fraction, places));
  return result(codeOf(units * 10 + Number(fraction)));
};

export function parseScore(raw, profile, quick) {
  const words = WORDS[profile];
  if (!words) throw new RangeError(`unknown profile ${profile}`);
  const typed = raw.normalize('NFKC').replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '').toLowerCase().replaceAll('ð', 'đ');
  if (typed === '') return result('');
  if (typed === 'm') return refuse('exempt');
  if (Object.hasOwn(words, typed)) return result(words[typed]);
  const number = /^(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?$/.exec(typed.replaceAll(',', '.'));
  if (!number || profile === 'COMMENT' || profile === 'LEVEL') return refuse('unreadable');
  const [, whole, decimals] = number;
  if (decimals === undefined && whole.length > 1 && whole !== '10') {
    return quick && profile === 'SCORE' ? digitsOnly(whole) : refuse('range');
  }
  return decimal(whole, decimals ?? '', profile === 'SCORE' ? 1 : 0);
}

export function formatScore(code) {
  if (code === 'D') return 'Đ';
  return code === 'CD' ? 'CĐ' : code.replace('.', ',');
}

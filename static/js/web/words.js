// The page's sentences with their numbers in them.
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

// Small sizes with one digit after the point, or the number would stand still.
export function megabytes(bytes, language) {
  return (bytes / 1e6).toLocaleString(language, { maximumFractionDigits: bytes < 1e7 ? 1 : 0 });
}

// «seconds» is null while nothing is known yet.
export function timeLeft(seconds, { textMinutes, textSeconds }) {
  if (seconds === null) return "";
  const minutes = seconds / 60;
  return minutes > 1.5
    ? filled(textMinutes, { n: Math.round(minutes) })
    : filled(textSeconds, { n: Math.ceil(seconds) });
}

// Whether everything a page says can be read: WCAG 2.2 AA, 4.5 to 1 for text, 3 to 1 for large text. Measured where it stands: the colours as the
// browser computes them, through whatever is see-through, over what lies behind.

/** What can't be read, each once, with its ratio; runs in the page. */
function unreadable() {
  const TEXT = 4.5, LARGE = 3;
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  /** Any colour that CSS knows, as red, green, blue and how solid. */
  const parse = (color) => {
    if (!known.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(color, [r, g, b, a / 255]);
    }
    return known.get(color);
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const light = (color) => {
    const [r, g, b] = color.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = parse(getComputedStyle(at).backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const solid = (element) => {
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    return opacity;
  };
  const found = new Map();
  const judge = (element, words, color, style, opacity) => {
    const below = behind(element), [r, g, b, a] = parse(color);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const got = ratio(over([r, g, b, a * opacity], below), below);
    if (got < (large ? LARGE : TEXT)) found.set(`${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} ${color}`, `${got.toFixed(2)} for "${words.trim().slice(0, 40)}"`);
  };
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility?.() || element.closest('[aria-hidden="true"], .visually-hidden, [disabled], option')) continue; // What is off need not be read.
    const style = getComputedStyle(element);
    const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join('');
    if (words.trim()) judge(element, words, element instanceof SVGElement ? style.fill : style.color, style, solid(element));
    if (element.placeholder && !element.value) {
      const shown = getComputedStyle(element, '::placeholder');
      judge(element, element.placeholder, shown.color, shown, solid(element) * Number(shown.opacity));
    }
  }
  return [...found].map(([where, what]) => `${where}: ${what}`);
}

export async function checkReadable(page) {
  const found = await page.evaluate(unreadable);
  if (found.length > 0) throw new Error(`hard to read: ${found.join('; ')}`);
}

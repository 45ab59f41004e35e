// Light or dark: what the system says until the user chooses otherwise; the choice stays in this browser.
const STORED = 'bf.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

let chosen = $state.raw<'light' | 'dark' | null>(null);
let system = $state.raw<'light' | 'dark'>(dark.matches ? 'dark' : 'light');

export function theme(): 'light' | 'dark' {
  return chosen ?? system;
}

export function toggleTheme(): void {
  apply(theme() === 'dark' ? 'light' : 'dark');
}

export function startTheme(): void {
  dark.addEventListener('change', () => (system = dark.matches ? 'dark' : 'light'));
  const stored = localStorage.getItem(STORED);
  if (stored === 'light' || stored === 'dark') apply(stored);
}

function apply(next: 'light' | 'dark'): void {
  chosen = next;
  document.documentElement.dataset.theme = next;
  localStorage.setItem(STORED, next);
}

import { useSyncExternalStore } from 'react';

const key = 'linnaea-theme';
const listeners = new Set<() => void>();
const system = matchMedia('(prefers-color-scheme: dark)');

function apply(): void {
  const chosen = localStorage.getItem(key);
  const dark = chosen ? chosen === 'dark' : system.matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

system.addEventListener('change', apply);

/** A theme that is chosen stays; null follows the system again. */
export function chooseTheme(theme: 'light' | 'dark' | null): void {
  if (theme === null) localStorage.removeItem(key);
  else localStorage.setItem(key, theme);
  apply();
}

export function useTheme(): { dark: boolean; followsSystem: boolean } {
  const dark = useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme === 'dark');
  const followsSystem = useSyncExternalStore(subscribe, () => localStorage.getItem(key) === null);
  return { dark, followsSystem };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

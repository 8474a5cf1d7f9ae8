/** For the `ref` of an element that scrolls: lets the keyboard reach it, as browsers do for some and axe asks of all. */
export function reachable(element: HTMLElement | null): void {
  element?.setAttribute('tabindex', '0');
}

/** For the `ref` of an element that scrolls: lets the keyboard reach it, as browsers do for some and axe asks of all. */
export function reachable(element: Element | null): void {
  element?.setAttribute('tabindex', '0');
}

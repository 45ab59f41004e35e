// How wide an element is, told as it changes: `<div {@attach wide((now) => (width = now))}>`.
export const wide = (tell: (width: number) => void) => (element: HTMLElement): (() => void) => {
  const observer = new ResizeObserver(() => tell(element.clientWidth));
  observer.observe(element);
  return () => observer.disconnect();
};

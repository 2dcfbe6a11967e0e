// Puts what is in a list into another order without making anything anew: whatever has the focus,
// the pointer or a sound that plays stays where it is, and the others are put around it.

const IN_USE_MS = 5000; // somebody who has just moved over a list is about to press something there

function isArranged(list, wanted) {
  return wanted.length === list.children.length && wanted.every((node, i) => list.children[i] === node);
}

// Does it, and scrolls so that what somebody has the focus on, or else what is on top of the view,
// is where it was. At the very top there is nothing to keep: what comes is to be seen.
function steadily(scope, nodes, change) {
  const scroller = scrollerOf(scope);
  const { activeElement } = scope.getRootNode();
  const focused = nodes.find((node) => node.contains(activeElement));
  const edge = Math.max(0, scroller.getBoundingClientRect().top);
  const kept = focused ?? (scroller.scrollTop > 0 ? nodes.find((node) => node.getBoundingClientRect().bottom > edge) : null);
  const before = kept?.getBoundingClientRect().top;
  change();
  if (!kept?.isConnected) return;
  const moved = kept.getBoundingClientRect().top - before;
  if (moved) scroller.scrollTop += moved;
}

function scrollerOf(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.scrollingElement;
}

function arrange(list, wanted, isHeld = isInUse) {
  const wants = new Set(wanted);
  for (const node of [...list.children]) if (!wants.has(node)) node.remove();
  if (isArranged(list, wanted)) return;
  const still = wanted.find((node) => node.parentNode === list && isHeld(node)) ?? list.firstElementChild;
  if (!still) return list.append(...wanted);
  const at = wanted.indexOf(still);
  let next = still;
  for (const node of wanted.slice(0, at).reverse()) {
    if (next.previousElementSibling !== node) place(list, node, next);
    next = node;
  }
  let last = still;
  for (const node of wanted.slice(at + 1)) {
    if (last.nextElementSibling !== node) place(list, node, last.nextElementSibling);
    last = node;
  }
}

// Where the browser can, a node is moved with all that goes on in it.
function place(list, node, before) {
  if (list.moveBefore && node.isConnected && list.isConnected) list.moveBefore(node, before);
  else list.insertBefore(node, before);
}

function isInUse(node) {
  const { activeElement } = node.getRootNode();
  const plays = [...node.querySelectorAll("audio")].some((sound) => !sound.paused);
  return node.contains(activeElement) || node.matches(":hover") || plays;
}

// When somebody last touched what is in this node, or moved over it.
class Touched {
  constructor(node) {
    this.at = -IN_USE_MS;
    for (const kind of ["pointermove", "pointerdown", "keydown", "focusin", "wheel"]) {
      node.addEventListener(kind, () => (this.at = performance.now()), { passive: true });
    }
  }

  get isFresh() {
    return performance.now() - this.at < IN_USE_MS;
  }
}

// The address of a route, beside the page's own: works under any base path.
function address(path) {
  return new URL(`api/${path}`, location.href);
}

// Runs before everything else, also in browsers that cannot read the rest: they are told so instead of staying white.
(function () {
  var can = 'noModule' in document.createElement('script') && typeof Promise !== 'undefined' && 'fromEntries' in Object &&
    'replaceAll' in String.prototype && 'BigInt' in window && 'ResizeObserver' in window;
  window.ecocompCan = can;
  if (!can) {
    document.addEventListener('DOMContentLoaded', function () {
      document.body.textContent = '浏览器版本过低,无法显示本页面。请使用 Chrome 90 或更高内核的浏览器(如奇安信可信浏览器、统信浏览器的当前版本)。 ' +
        'This browser is too old for the page. Please use one with a core of Chrome 90 or later.';
    });
  }
})();

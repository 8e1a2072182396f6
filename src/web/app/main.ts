import './style/base.css';
import './style/parts.css';
import './style/print.css';
import { mount } from 'svelte';
import App from './App.svelte';

declare global {
  interface Window { ecocompCan?: boolean }
}

// AG Grid and the reader of TOML ask for these; they came with Chrome 92 and 93.
if (!('hasOwn' in Object)) {
  Object.defineProperty(Object, 'hasOwn', {
    configurable: true, writable: true,
    value(of: object, name: PropertyKey) { return Object.prototype.hasOwnProperty.call(of, name); },
  });
}
if (!('at' in Array.prototype)) {
  Object.defineProperty(Array.prototype, 'at', {
    configurable: true, writable: true,
    value(this: unknown[], index: number) { return this[index < 0 ? this.length + Math.trunc(index) : Math.trunc(index)]; },
  });
}

const target = document.getElementById('page');
if (target && window.ecocompCan !== false) {
  target.textContent = '';
  mount(App, { target });
}

// The parts of AG Grid Community that the data screen needs; loaded with it.
import {
  CellStyleModule, ClientSideRowModelModule, ColumnAutoSizeModule, createGrid, EventApiModule, LocaleModule, ModuleRegistry, PinnedRowModule, RenderApiModule,
  RowApiModule, ScrollApiModule, TextEditorModule, TooltipModule, type GridApi, type GridOptions,
} from 'ag-grid-community';

ModuleRegistry.registerModules([
  CellStyleModule, ClientSideRowModelModule, ColumnAutoSizeModule, EventApiModule, LocaleModule, PinnedRowModule, RenderApiModule, RowApiModule, ScrollApiModule,
  TextEditorModule, TooltipModule,
]);
/** The grid's own styles, which are fetched with it; their address stands in the page. */
const styles = new Promise<void>((done) => {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = document.documentElement.dataset.grid ?? '';
  link.onload = () => { done(); };
  link.onerror = () => { done(); };
  document.head.prepend(link);
});

export { createGrid, styles };
export type { GridApi, GridOptions };

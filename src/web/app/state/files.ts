// Files that leave the page.

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  const address = URL.createObjectURL(blob);
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
}
export const saveText = (text: string, name: string, type: string): void => { saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name); };

// Colours of charts, readable in both themes and by those who see few colours (Okabe and Ito).

export interface Palette { ink: string; soft: string; line: string; ground: string; up: string; down: string; main: string; second: string; list: string[] }
const LIST = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8a7a00', '#7f7f7f'];

export function palette(dark: boolean): Palette {
  return dark
    ? { ink: '#e8ecea', soft: '#aab5b1', line: '#46514d', ground: '#1b2220', up: '#56b4e9', down: '#f0a35e', main: '#56b4e9', second: '#e69f00', list: ['#56b4e9', '#e69f00', '#2dbd94', '#dd9cc3', '#8fc7ea', '#f0834f', '#d6c44a', '#b0b0b0'] }
    : { ink: '#1c2421', soft: '#56625d', line: '#c9d1cd', ground: '#ffffff', up: '#0072b2', down: '#b84a00', main: '#0072b2', second: '#b06f00', list: LIST };
}

export const FONT = 'Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif';

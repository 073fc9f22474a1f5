/** The page that the timeline's view shows. Nothing of it is remote, and only its own script may run. */

export interface Parts {
  /** What the page's own files are served from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

export function timelinePage({ source, script, style }: Parts): string {
  const policy = `default-src 'none'; style-src ${source}; script-src ${source}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <title>Timeline</title>
  <link rel="stylesheet" href="${style}">
</head>
<body>
  <main id="timeline"></main>
  <script type="module" src="${script}"></script>
</body>
</html>
`;
}

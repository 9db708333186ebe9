/** The document that the page starts from. It says nothing by itself; page.ts fills `main`. */
export const documentHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>sidemux</title>
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<header><p class="brand">sidemux</p></header>
<main>
<noscript><p>This page needs JavaScript. Without it, decide in any terminal: <code>sidemux approvals</code></p></noscript>
</main>
</body>
</html>
`

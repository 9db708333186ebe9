/** What came to the server and left no answer to show for it; the tool `diary` tells. Calls are named by their label. */
export const diary = { waiting: [], cancelled: [], released: [], rootsChanged: 0 }

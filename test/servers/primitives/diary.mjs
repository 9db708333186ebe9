/** What came to the server and left no answer to show for it; the tool `diary` tells. */
export const diary = { cancelled: [], rootsChanged: 0 }

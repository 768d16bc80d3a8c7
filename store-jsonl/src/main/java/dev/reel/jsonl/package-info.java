/**
 * The durable store: one JSONL file per session, and a journal that makes acknowledged writes durable before they are in
 * these files.
 *
 * <p>Users need {@link dev.reel.jsonl.JsonlSessionStore}, {@link dev.reel.jsonl.JsonlStoreOptions}, {@link
 * dev.reel.jsonl.Durability}, {@link dev.reel.jsonl.JsonlImport}, {@link dev.reel.jsonl.RootCheck} and {@link
 * dev.reel.jsonl.RootRepair}. All other types are internal. To read the source, start with {@code JsonlStorage}, which
 * connects the engine to the two halves below.
 *
 * <p><b>What a root contains.</b> The session files, and the directory {@code .reel} ({@code RootFiles} has the names):
 *
 * <pre>
 *  &lt;session&gt;.jsonl          FileNames, NativeLine, FileWalk, LogFile
 *  .reel/format             Format: the version of this layout
 *  .reel/lock               RootLock
 *  .reel/journal/           Segment (a file of Frames), Mark (how far it is written, flushed and in session files)
 *  .reel/ledger.jsonl       Ledger: facts that no other file has: reserved positions, purges; ledger.mark: its flushed size
 *  .reel/catalogue          Catalogue: the list of sessions; derived
 *  .reel/positions, lives   PositionIndex, Span, Lives: the feed's order; derived
 *  .reel/room               Reserve: room for purges on a full disk
 *  .reel/held/, kept/       Held, Kept: frames that fit into no file, and bytes that were cut off
 * </pre>
 *
 * <p><b>Floors.</b> From the ground up:
 *
 * <ol>
 *   <li><b>Disk</b>: {@code Disk} is the only way to the file system; {@code RealDisk} is the real one, {@code FileThreads}
 *       the threads that only read, {@code FullDisk} the rule that tells a full disk from a failing one.
 *   <li><b>Formats</b>: {@code Frame}, {@code Mark}, {@code Segment}, {@code Span}, {@code Packed}, {@code NativeLine},
 *       {@code FileNames}, {@code Digests}. Each states its format on top.
 *   <li><b>Files</b>: {@code FileLines} splits a file into lines, {@code FileWalk} classifies them, {@code LogFile} is a
 *       session's log in its file, {@code EventBlocks} its cache. {@code Ledger}, {@code Catalogue}, {@code PositionIndex}
 *       with {@code Lives}, {@code Held}, {@code Kept} and {@code Reserve} each own one file or directory.
 *   <li><b>Journal</b>: {@code JournalWriter} (the hard class of the package: groups, flushes, failures), {@code
 *       JournalReader} for recovery, {@code JournalFollower} for other processes, {@code Teller} to tell the engine.
 *   <li><b>Root</b>: {@code Root} is all of that, open; {@code RootOpening} opens it, with {@code Redo} for the journal and
 *       {@code IndexBuild} for the index.
 *   <li><b>Store</b>: {@code JsonlStorage} is the engine's storage, {@code Folder} the thread that moves events into session
 *       files, {@code JsonlSessionStore} the front.
 * </ol>
 *
 * <p>Beside them, on {@code Root}'s floor: {@code FollowedRoot} reads a root that another process writes; {@code FullRoot}
 * one that has no room to be opened; {@code RootCheck} and {@code RootRepair} one that is damaged. {@code JsonlImport} reads
 * session files of any directory ({@code SessionFile}, {@code EntryReader}).
 *
 * <p><b>The way of an append.</b> The engine passes a batch to {@code JsonlStorage}, which makes a {@code JournalEntry} of it
 * and adds it to the {@code JournalWriter}. Its thread writes a group of entries as frames, flushes, and writes the mark. Then
 * the entries are in {@code Unstored}, and {@code Teller} reports them to the engine, which publishes and answers. Later a
 * round of the {@code Folder} copies the lines to the session's file ({@code DirtyFiles}), adds spans to the index and an
 * entry to the catalogue, flushes these, and lets the journal delete its segments.
 *
 * <p><b>The way of a cold read.</b> {@code JsonlStorage} opens the session with {@code Root.open}: {@code LogFile.scan} walks
 * through the file once and keeps offsets; events are read in blocks through {@code EventBlocks}. A reader of the feed asks
 * {@code PositionIndex}, which reads spans and then the lines that they describe.
 *
 * <p><b>The way of a purge.</b> Its frame goes through the journal as a batch does. The folder then ends the session's life in
 * the index, so that no reader looks for its lines, records the purge in the ledger, which makes it final, and deletes the file
 * ({@code Root.erase}) and the catalogue's entry. The journal begins a new segment, and its older ones are deleted as soon as
 * all their events are in session files. {@code Erasure} answers when no byte of the session is left.
 */
@NullMarked
package dev.reel.jsonl;

import org.jspecify.annotations.NullMarked;

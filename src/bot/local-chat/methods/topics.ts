import type { ChatRecord, Topic } from '../chat-directory.ts';
import type { ApiParams } from '../params.ts';
import { badRequest } from '../refusal.ts';
import type { ApiState, MethodHandlers } from './method.ts';

const DEFAULT_COLOR = 0x6fb9f0;

/** Forum topics (TOPIC-2, TOPIC-3). */
export const topicMethods: MethodHandlers<
  'createForumTopic' | 'editForumTopic' | 'closeForumTopic' | 'reopenForumTopic' | 'deleteForumTopic'
> = {
  createForumTopic({ params }, state) {
    const record = requireForum(params, state);
    const name = readName(params);
    const iconColor = params.integer('icon_color') ?? DEFAULT_COLOR;
    const { me, messages } = state;
    const opening = messages.add(record, {
      from: { id: me.id, is_bot: true, first_name: me.first_name, username: me.username },
      content: { forum_topic_created: { name, icon_color: iconColor } },
      silent: true,
    });
    record.topics.set(opening.messageId, { id: opening.messageId, name, closed: false, iconColor });
    return { message_thread_id: opening.messageId, name, icon_color: iconColor };
  },

  editForumTopic({ params }, state) {
    const topic = requireThread(params, requireForum(params, state));
    const name = params.has('name') ? readName(params) : topic.name;
    if (name === topic.name) throw badRequest('TOPIC_NOT_MODIFIED');
    topic.name = name;
    return true;
  },

  closeForumTopic: ({ params }, state) => setClosed(params, state, true),
  reopenForumTopic: ({ params }, state) => setClosed(params, state, false),

  deleteForumTopic({ params }, state) {
    const record = requireForum(params, state);
    record.topics.delete(requireThread(params, record).id);
    return true;
  },
};

function requireForum(params: ApiParams, { directory }: ApiState): ChatRecord {
  const record = directory.requireWritable(params.integer('chat_id'));
  if (record.chat.type !== 'supergroup' || !record.chat.is_forum) throw badRequest('the chat is not a forum');
  if (record.bot !== 'administrator' || !record.canManageTopics) {
    throw badRequest('not enough rights to create a topic');
  }
  return record;
}

function readName(params: ApiParams): string {
  const name = params.text('name').trim();
  if (name === '' || name.length > 128) throw badRequest('TOPIC_TITLE_EMPTY');
  return name;
}

function requireThread(params: ApiParams, record: ChatRecord): Topic {
  const topic = record.topics.get(params.integer('message_thread_id') ?? 0);
  if (!topic) throw badRequest('message thread not found');
  return topic;
}

function setClosed(params: ApiParams, state: ApiState, closed: boolean): true {
  const topic = requireThread(params, requireForum(params, state));
  if (topic.closed === closed) throw badRequest('TOPIC_NOT_MODIFIED');
  topic.closed = closed;
  return true;
}

import type { ChatFullInfo, ChatMember, User } from '@grammyjs/types';
import type { ChatRecord, MemberStatus } from '../chat-directory.ts';
import { badRequest } from '../refusal.ts';
import type { MethodHandlers } from './method.ts';

/** Chats, their members and files. */
export const chatMethods: MethodHandlers<'getChat' | 'getChatMember' | 'leaveChat' | 'getFile'> = {
  getChat({ params }, { directory }) {
    const { chat } = directory.requireWritable(params.integer('chat_id'));
    return { ...chat, accent_color_id: 0, max_reaction_count: 11 } as unknown as ChatFullInfo;
  },

  getChatMember({ params }, { directory, me }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    const userId = params.integer('user_id');
    if (userId === me.id) return describeMember(me, record.bot, record);
    const user = userId === undefined ? undefined : directory.user(userId);
    if (!user) throw badRequest('invalid user_id specified');
    return describeMember(user, record.members.get(user.id) ?? 'left', record);
  },

  leaveChat({ params }, { directory }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    if (record.chat.type === 'private')
      throw badRequest("chat member status can't be changed in private chats");
    record.bot = 'left';
    return true;
  },

  getFile({ params }, { storage }) {
    const file = storage.getFile(params.text('file_id'));
    if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable');
    return {
      file_id: file.fileId,
      file_unique_id: file.fileId,
      file_size: file.bytes.length,
      file_path: `documents/${file.fileId}`,
    };
  },
};

const ADMIN_RIGHTS = {
  can_be_edited: false,
  is_anonymous: false,
  can_manage_chat: true,
  can_delete_messages: true,
  can_manage_video_chats: false,
  can_restrict_members: false,
  can_promote_members: false,
  can_change_info: false,
  can_invite_users: false,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  can_pin_messages: true,
};

/** A member in the shape of the Bot API; also used for `my_chat_member` updates. */
export function describeMember(user: User, status: MemberStatus, record: ChatRecord): ChatMember {
  const manageTopics = user.is_bot ? record.canManageTopics : true;
  const fields: Record<MemberStatus, object> = {
    creator: { is_anonymous: false },
    administrator: { ...ADMIN_RIGHTS, can_manage_topics: manageTopics },
    member: {},
    left: {},
    kicked: { until_date: 0 },
  };
  return { status, user, ...fields[status] } as unknown as ChatMember;
}

/* A hand inside the machine, for tests: process 1 of a changed initramfs. It makes a child that obeys, and becomes the box's own program.
   One line in, one answer out: its length in octets on a line, then the octets.
     kill SIGNAL WHO   WHO: "run", "check" ... (the child whose first argument it is), or a number
     find WHO          its process number
     read PATH         a file, as much as there is
     write PATH TEXT   into a file
   The product has none of this: the test puts it into the archive that the kernel unpacks after the card's own. */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOX "/pillarbox"
static char answer[1 << 20];

static size_t take(const char *path, char *to, size_t most)
{
    int file = open(path, O_RDONLY);
    size_t have = 0;
    ssize_t more;
    if (file < 0)
        return snprintf(to, most, "no: %s", strerror(errno));
    while (have < most && (more = read(file, to + have, most - have)) > 0)
        have += more;
    close(file);
    return have;
}

static int find(const char *who)
{
    struct dirent *entry;
    DIR *all = opendir("/proc");
    int found = atoi(who);
    while (!found && all && (entry = readdir(all))) {
        char path[300], words[300] = "";
        if (atoi(entry->d_name) < 2)
            continue;
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        take(path, words, sizeof words - 1);
        if (!strcmp(words + strlen(words) + 1, who))
            found = atoi(entry->d_name);
    }
    if (all)
        closedir(all);
    return found;
}

/* The serial line, whose name counts all devices of its kind. */
static int open_line(void)
{
    struct dirent *entry;
    DIR *all = opendir("/dev");
    int line = -1;
    while (line < 0 && all && (entry = readdir(all))) {
        char path[300];
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        if (!strncmp(entry->d_name, "vport", 5))
            line = open(path, O_RDWR);
    }
    if (all)
        closedir(all);
    return line;
}

static size_t obey(char *order)
{
    char *word = strtok(order, " "), *first = strtok(0, " "), *rest = strtok(0, "");
    if (word && first && !strcmp(word, "kill") && rest) {
        int who = find(rest);
        return sprintf(answer, "%s", who && !kill(who, atoi(first)) ? "ok" : "no");
    }
    if (word && first && !strcmp(word, "find"))
        return sprintf(answer, "%d", find(first));
    if (word && first && !strcmp(word, "read"))
        return take(first, answer, sizeof answer);
    if (word && first && rest && !strcmp(word, "write")) {
        int file = open(first, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        int good = file >= 0 && write(file, rest, strlen(rest)) == (ssize_t)strlen(rest);
        close(file);
        return sprintf(answer, "%s", good ? "ok" : "no");
    }
    return sprintf(answer, "what?");
}

static void serve(void)
{
    struct timespec pause = {0, 20000000};
    char order[4096];
    int line;
    while ((line = open_line()) < 0)
        nanosleep(&pause, 0);
    for (size_t have = 0;;) {
        char head[32];
        ssize_t more = read(line, order + have, 1);
        if (more < 1) {
            nanosleep(&pause, 0);
            continue;
        }
        if (order[have] != '\n') {
            have = (have + 1) % (sizeof order - 1);
            continue;
        }
        order[have] = 0;
        have = 0;
        size_t length = obey(order);
        int heads = sprintf(head, "%zu\n", length);
        if (write(line, head, heads) != heads)
            continue;
        for (size_t done = 0; done < length && (more = write(line, answer + done, length - done)) > 0;)
            done += more;
    }
}

int main(void)
{
    if (fork() == 0) {
        setsid();
        serve();
    }
    execl(BOX, BOX, (char *)0);
    return 1;
}
